//! The table `bank_product_change`: changes of banks' products.

use crate::store::DbInstant;
use sea_orm::entity::prelude::*;
use shared::ids::{AccountId, ProductChangeId, ProductId};

/// A change of a bank's product, append-only.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "bank_product_change")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ProductChangeId,
    /// The product.
    pub product_id: ProductId,
    /// Who changed it.
    pub actor_id: AccountId,
    /// When.
    pub at: DbInstant,
    /// The terms after the change.
    pub content: Json,
}

/// Joins to other tables.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// The product.
    #[sea_orm(belongs_to = "super::bank_product::Entity", from = "Column::ProductId", to = "super::bank_product::Column::Id")]
    BankProduct,
}

impl Related<super::bank_product::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::BankProduct.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}

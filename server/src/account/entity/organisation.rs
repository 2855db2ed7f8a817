//! The table `organisation`: organisations (单位).

use sea_orm::entity::prelude::*;
use shared::{account::OrganisationKind, ids::OrganisationId};

/// An organisation (单位).
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "organisation")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: OrganisationId,
    /// The code by which the catalogue routes.
    pub code: String,
    /// Its kind.
    pub kind: OrganisationKind,
    /// The district it serves; none: the whole city.
    pub district: Option<String>,
    /// Its name in Chinese.
    pub name_zh: String,
    /// Its name in English.
    pub name_en: String,
}

/// Joins to other tables.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// The district.
    #[sea_orm(belongs_to = "super::district::Entity", from = "Column::District", to = "super::district::Column::Code")]
    District,
}

impl Related<super::district::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::District.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}

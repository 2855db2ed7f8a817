//! The table `delivery`: deliveries (送达) of notices.

use crate::store::DbInstant;
use sea_orm::entity::prelude::*;
use shared::{
    ids::NoticeId,
    notices::{Channel, DeliveryState},
};

/// The delivery of a notice by one channel.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "delivery")]
pub struct Model {
    /// The notice.
    #[sea_orm(primary_key, auto_increment = false)]
    pub notice_id: NoticeId,
    /// The channel.
    #[sea_orm(primary_key, auto_increment = false)]
    pub channel: Channel,
    /// How far it has come.
    pub state: DeliveryState,
    /// How often it was tried.
    pub tries: i32,
    /// When it was sent.
    pub sent_at: Option<DbInstant>,
    /// Why it failed.
    pub error: Option<String>,
}

/// Joins to other tables.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// The notice.
    #[sea_orm(belongs_to = "super::notice::Entity", from = "Column::NoticeId", to = "super::notice::Column::Id")]
    Notice,
}

impl Related<super::notice::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Notice.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}

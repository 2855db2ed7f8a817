//! The table `care_centre`: dispatch centres (调度中心).

use sea_orm::entity::prelude::*;
use shared::ids::OrganisationId;

/// What an organisation of kind `centre` has besides its name.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "care_centre")]
pub struct Model {
    /// The organisation.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organisation_id: OrganisationId,
    /// The centre that is called when this one does not answer.
    pub neighbour_id: Option<OrganisationId>,
    /// Degrees, WGS 84.
    pub latitude: f64,
    /// Degrees, WGS 84.
    pub longitude: f64,
    /// The centre's own line.
    pub phone: Option<String>,
}

/// Joins to other tables.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// The organisation.
    #[sea_orm(
        belongs_to = "crate::account::entity::organisation::Entity",
        from = "Column::OrganisationId",
        to = "crate::account::entity::organisation::Column::Id"
    )]
    Organisation,
}

impl Related<crate::account::entity::organisation::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Organisation.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}

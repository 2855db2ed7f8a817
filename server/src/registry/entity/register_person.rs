//! The table `register.person`: the population register (人口库) of the demo city.

use crate::store::DbDate;
use sea_orm::entity::prelude::*;
use shared::{account::Sex, registry::status::ResidentStatus};

/// An entry of the population register. The serving role reads it through `register_read_person()` only.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "person", schema_name = "register")]
pub struct Model {
    /// The blind index of the ID number.
    #[sea_orm(primary_key, auto_increment = false)]
    pub resident_id_index: Vec<u8>,
    /// The ID number (公民身份号码).
    pub resident_id_sealed: Vec<u8>,
    /// The name (姓名).
    pub name: String,
    /// The sex (性别).
    pub sex: Sex,
    /// The date of birth (出生日期).
    pub born_on: DbDate,
    /// The registered district (户籍所在区).
    pub district: String,
    /// The street office (街道).
    pub street: String,
    /// The registered address (户籍地址).
    pub address: String,
    /// The household register number (户号).
    pub household: String,
    /// The relation to the head of the household (与户主关系).
    pub household_role: String,
    /// The registered phone number.
    pub phone_sealed: Option<Vec<u8>>,
    /// Whether the person is registered, deceased or moved away.
    pub status: ResidentStatus,
    /// The agency that keeps the entry, in Chinese.
    pub agency_zh: String,
    /// The agency in English.
    pub agency_en: String,
    /// The day on which the entry was confirmed.
    pub as_of: DbDate,
}

/// Joins to other tables: none.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

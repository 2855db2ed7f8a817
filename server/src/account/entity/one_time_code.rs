//! The table `one_time_code`: one-time codes (验证码) and links.

use crate::store::DbInstant;
use sea_orm::entity::prelude::*;
use shared::{coded_enum, ids::CodeId};

coded_enum! {
    /// What a one-time code is for.
    pub enum CodePurpose {
        /// Signing up by phone or e-mail.
        SignUp = "sign_up",
        /// Resetting a password by a code.
        ResetCode = "reset_code",
        /// Resetting a password by a link.
        ResetLink = "reset_link",
    }
}

/// A one-time code (验证码) or link.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "one_time_code")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CodeId,
    /// What it is for.
    pub purpose: CodePurpose,
    /// The blind index of the phone number or e-mail address.
    pub contact_index: Vec<u8>,
    /// The keyed hash of the code.
    pub code_hash: Vec<u8>,
    /// How often it was tried.
    pub tries: i32,
    /// When it was made.
    pub created_at: DbInstant,
    /// Until when it is valid.
    pub expires_at: DbInstant,
    /// When it was used or replaced.
    pub used_at: Option<DbInstant>,
}

/// Joins to other tables: none.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

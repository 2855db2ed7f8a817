//! Warnings to the operator about messages that could not be delivered.

use super::entity::operator_warning;
use crate::{
    error::Result,
    store::{Tx, db_now},
};
use sea_orm::{ActiveValue::Set, EntityTrait, sea_query::OnConflict};
use shared::notices::WarningKind;

/// Warns the operator that a message could not be delivered by this channel.
pub(crate) async fn warn_operator(tx: &Tx, channel: &str, detail: &str) -> Result<()> {
    let warning = operator_warning::ActiveModel {
        code: Set(format!("{}:{channel}", WarningKind::Delivery)),
        detail: Set(detail.to_owned()),
        ..Default::default()
    };
    let replace = OnConflict::column(operator_warning::Column::Code)
        .update_column(operator_warning::Column::Detail)
        .value(operator_warning::Column::Since, db_now())
        .to_owned();
    operator_warning::Entity::insert(warning).on_conflict(replace).exec_without_returning(tx).await?;
    Ok(())
}

//! The operator's warning that the calendar of the coming year is not published yet.

use crate::notices::entity::operator_warning;
use crate::{Store, access::actor::Actor, error::Result};
use jiff::{ToSpan, civil::Date};
use sea_orm::{ActiveValue::Set, EntityTrait, sea_query::OnConflict};
use shared::{cases::WorkCalendar, notices::WarningKind};

const CALENDAR: WorkCalendar = WorkCalendar::PUBLISHED;
/// How many days before a missing year the operator is warned.
const AHEAD: i64 = 60;
/// The code of the operator's warning that a calendar is missing.
const MISSING: &str = WarningKind::CalendarMissing.code();

/// The year whose calendar is not published although it begins within 60 days.
fn missing_soon(today: Date) -> Option<i16> {
    let soon = today.checked_add(AHEAD.days()).unwrap_or(today);
    (soon > CALENDAR.published_until()).then(|| CALENDAR.published_until().year() + 1)
}

/// Writes the operator's warning about a missing calendar, or removes it.
pub(super) async fn update_warning(store: &Store, system: &Actor) -> Result<Option<i16>> {
    let tx = store.write(system).await?;
    let missing = missing_soon(tx.now().await?.today());
    match missing {
        Some(year) => {
            let warning = operator_warning::ActiveModel {
                code: Set(MISSING.to_owned()),
                detail: Set(year.to_string()),
                ..Default::default()
            };
            let replace =
                OnConflict::column(operator_warning::Column::Code).update_column(operator_warning::Column::Detail).to_owned();
            operator_warning::Entity::insert(warning).on_conflict(replace).exec_without_returning(&tx).await?;
        }
        None => {
            operator_warning::Entity::delete_by_id(MISSING).exec(&tx).await?;
        }
    }
    tx.commit().await?;
    Ok(missing)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn the_operator_is_warned_sixty_days_ahead() {
        assert_eq!(missing_soon(date(2026, 11, 1)), None);
        assert_eq!(missing_soon(date(2026, 11, 2)), Some(2027));
        assert_eq!(missing_soon(date(2027, 6, 1)), Some(2027));
    }
}

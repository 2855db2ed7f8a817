//! Persons (自然人) known to the city's services, inserted at their first real-name check or mandate.

use crate::registry::entity::person;
use crate::{
    error::Result,
    registry::read::Registered,
    store::{Tx, new_id},
};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QuerySelect, sea_query::OnConflict};
use shared::{account::ResidentId, ids::PersonId};

/// The person with this ID number, inserted from the register if missing. Requires a task that may see every person.
pub(super) async fn find_or_insert(tx: &Tx, index: &[u8], id: &ResidentId, registered: &Registered) -> Result<PersonId> {
    let new: PersonId = new_id();
    let row = person::ActiveModel {
        id: Set(new),
        name_sealed: Set(tx.vault.seal("person.name", new, registered.name.as_bytes())?),
        resident_id_sealed: Set(tx.vault.seal("person.resident_id", new, id.as_str().as_bytes())?),
        resident_id_index: Set(index.to_vec()),
        ..Default::default()
    };
    let unless_exists = OnConflict::column(person::Column::ResidentIdIndex).do_nothing().to_owned();
    person::Entity::insert(row).on_conflict(unless_exists).exec_without_returning(tx).await?;
    let found: Option<PersonId> = person::Entity::find()
        .filter(person::Column::ResidentIdIndex.eq(index))
        .select_only()
        .column(person::Column::Id)
        .into_tuple()
        .one(tx)
        .await?;
    Ok(found.unwrap_or(new))
}

/// Whether two names are equal apart from spaces, capitals and the form of the dot in names of minorities (·).
pub(super) fn same_name(one: &str, other: &str) -> bool {
    let normalise = |name: &str| -> String {
        name.chars()
            .filter(|c| !c.is_whitespace())
            .map(|c| if matches!(c, '•' | '・' | '‧' | '．' | '.') { '·' } else { c })
            .flat_map(char::to_lowercase)
            .collect()
    };
    normalise(one) == normalise(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_equal_whatever_form_of_the_dot_is_typed() {
        assert!(same_name("阿依古丽·买买提", "阿依古丽•买买提 "));
        assert!(same_name("Li Hua", "li hua"));
        assert!(!same_name("李华", "李桦"));
    }
}

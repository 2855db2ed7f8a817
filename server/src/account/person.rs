//! Persons (自然人) known to the city's services: made at their first real-name check or mandate.

use crate::{error::Result, registry::read::Registered, store::Tx, store::new_id};
use sea_orm::FromQueryResult;
use shared::{account::ResidentId, ids::PersonId};

/// The person with this ID number, made from the register if missing. Needs a task that may see every person.
pub(super) async fn find_or_make(tx: &Tx, index: &[u8], id: &ResidentId, registered: &Registered) -> Result<PersonId> {
    let person: PersonId = new_id();
    tx.run(
        "INSERT INTO person (id, name_sealed, resident_id_sealed, resident_id_index) VALUES ($1, $2, $3, $4)
         ON CONFLICT (resident_id_index) DO NOTHING",
        [
            person.into(),
            tx.vault.seal("person.name", person, registered.name.as_bytes())?.into(),
            tx.vault.seal("person.resident_id", person, id.as_str().as_bytes())?.into(),
            index.to_vec().into(),
        ],
    )
    .await?;
    #[derive(FromQueryResult)]
    struct Row {
        id: PersonId,
    }
    let row: Option<Row> = tx.one("SELECT id FROM person WHERE resident_id_index = $1", [index.to_vec().into()]).await?;
    Ok(row.map_or(person, |r| r.id))
}

/// Whether two names are the same name: spaces, the form of the dot in names of minorities (·) and capitals aside.
pub(super) fn same_name(one: &str, other: &str) -> bool {
    let plain = |name: &str| -> String {
        name.chars()
            .filter(|c| !c.is_whitespace())
            .map(|c| if matches!(c, '•' | '・' | '‧' | '．' | '.') { '·' } else { c })
            .flat_map(char::to_lowercase)
            .collect()
    };
    plain(one) == plain(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_the_same_however_its_dot_is_typed() {
        assert!(same_name("阿依古丽·买买提", "阿依古丽•买买提 "));
        assert!(same_name("Li Hua", "li hua"));
        assert!(!same_name("李华", "李桦"));
    }
}

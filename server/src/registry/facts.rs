//! Facts (登记事实) of a person: by purpose, those that are wanted and no others, always logged.

use super::read::{Reason, Row, entry};
use crate::{
    error::Result,
    store::{Tx, civil},
};
use sea_orm::FromQueryResult;
use shared::{
    Problem,
    ids::{CaseId, PersonId},
    registry::{Fact, Facts, Purpose},
    texts::Bilingual,
};

/// What the register says of a person whom the actor may see: the facts that are `wanted`, keys of
/// [`shared::registry::facts::FACTS`]. The read is logged with its purpose in the same statement; nothing wanted
/// is nothing read. A person whom the register does not know has no facts.
///
/// # Errors
/// [`Problem::NotFound`] for a person who is not theirs to see; what the store or the vault says.
pub async fn facts_of(
    tx: &Tx,
    person: PersonId,
    purpose: &'static Purpose,
    case: Option<CaseId>,
    wanted: &[String],
) -> Result<Facts> {
    #[derive(FromQueryResult)]
    struct Found {
        resident_id_index: Vec<u8>,
    }
    let found: Option<Found> = tx.one("SELECT resident_id_index FROM person WHERE id = $1", [person.into()]).await?;
    let index = found.ok_or(Problem::NotFound)?.resident_id_index;
    if wanted.is_empty() {
        return Ok(Facts::default());
    }
    let fields: Vec<&str> = wanted.iter().map(String::as_str).collect();
    let Some(row) = entry(tx, &index, Reason { purpose, fields: &fields, case }).await? else { return Ok(Facts::default()) };
    let mut facts = Facts::default();
    for key in wanted {
        if let Some(value) = value(tx, &row, &index, key)? {
            facts.put(Fact {
                key: key.clone(),
                value,
                agency: Bilingual::new(&row.agency_zh, &row.agency_en),
                as_of: civil(row.as_of),
            });
        }
    }
    Ok(facts)
}

fn value(tx: &Tx, row: &Row, index: &[u8], key: &str) -> Result<Option<String>> {
    Ok(Some(match key {
        "person.name" => row.name.clone(),
        "person.resident_id" => row.resident_id(&tx.vault, index)?,
        "person.sex" => row.sex.clone(),
        "person.born_on" => civil(row.born_on).to_string(),
        "person.status" => row.status.code().to_owned(),
        "person.address.district" => row.district.clone(),
        "person.address.street" => row.street.clone(),
        "person.address.detail" => row.address.clone(),
        "person.household" => row.household.clone(),
        "person.household_role" => row.household_role.clone(),
        "person.phone" => return Ok(row.phone(&tx.vault, index)?),
        _ => return Ok(None),
    }))
}

//! Facts (登记事实) of a person, read for a purpose. Only the requested facts are read, and every read is logged.

use super::{
    entity::register_person,
    read::{self, Reason, read_entry},
};
use crate::{error::Result, registry::entity::person, store::Tx};
use sea_orm::EntityTrait;
use shared::{
    Problem,
    ids::{CaseId, PersonId},
    registry::{Fact, Facts, Purpose},
    texts::Bilingual,
};

/// The registered facts with the keys `wanted` (of [`shared::registry::facts::FACTS`]) about a person whom the actor may
/// see. The read is logged with its purpose in the same statement; without wanted keys nothing is read. A person who is not
/// in the register has no facts.
///
/// # Errors
/// [`Problem::NotFound`] for a person whom the actor may not see.
pub async fn facts_of(
    tx: &Tx,
    person: PersonId,
    purpose: &'static Purpose,
    case: Option<CaseId>,
    wanted: &[String],
) -> Result<Facts> {
    let index = person::Entity::find_by_id(person).one(tx).await?.ok_or(Problem::NotFound)?.resident_id_index;
    let mut facts = Facts::default();
    if wanted.is_empty() {
        return Ok(facts);
    }
    let fields: Vec<&str> = wanted.iter().map(String::as_str).collect();
    let Some(entry) = read_entry(tx, &index, Reason { purpose, fields: &fields, case }).await? else { return Ok(facts) };
    for key in wanted {
        if let Some(value) = value_of(tx, &entry, key)? {
            facts.put(Fact {
                key: key.clone(),
                value,
                agency: Bilingual::new(&entry.agency_zh, &entry.agency_en),
                as_of: entry.as_of.date(),
            });
        }
    }
    Ok(facts)
}

/// The value of a fact; none for an unknown key.
fn value_of(tx: &Tx, entry: &register_person::Model, key: &str) -> Result<Option<String>> {
    Ok(Some(match key {
        "person.name" => entry.name.clone(),
        "person.resident_id" => read::open_resident_id(&tx.vault, entry)?,
        "person.sex" => entry.sex.code().to_owned(),
        "person.born_on" => entry.born_on.to_string(),
        "person.status" => entry.status.code().to_owned(),
        "person.address.district" => entry.district.clone(),
        "person.address.street" => entry.street.clone(),
        "person.address.detail" => entry.address.clone(),
        "person.household" => entry.household.clone(),
        "person.household_role" => entry.household_role.clone(),
        "person.phone" => return Ok(read::open_phone(&tx.vault, entry)?),
        _ => return Ok(None),
    }))
}

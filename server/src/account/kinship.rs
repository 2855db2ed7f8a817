//! Family relations (亲属关系) by the register: parents and children, and couples by their household.

use crate::registry::entity::person;
use crate::{
    error::Result,
    registry::read::{self, Reason, Registered},
    store::Tx,
};
use sea_orm::EntityTrait;
use shared::{Problem, account::FamilyRelation, ids::PersonId, registry::Purpose};

/// Relations to the head of the household (GB/T 4761): the head, and those of a spouse of the head.
const HEAD: &str = "户主";
const SPOUSES: &[&str] = &["配偶", "夫", "妻"];

/// The person of an account, as needed for the relation and for messages.
pub(super) struct OwnPerson {
    pub(super) index: Vec<u8>,
    pub(super) name: String,
}

/// Reads the person with the full name, which is sent to the relative.
pub(super) async fn read_own_person(tx: &Tx, person: PersonId) -> Result<OwnPerson> {
    let row = person::Entity::find_by_id(person).one(tx).await?.ok_or(Problem::RealNameFirst)?;
    Ok(OwnPerson { index: row.resident_id_index, name: tx.vault.open_text("person.name", person, &row.name_sealed)? })
}

/// The registered relation of `own` to `other`, if any; `registered` is the entry of `other`.
pub(super) async fn find_relation(tx: &Tx, own: &[u8], other: &[u8], registered: &Registered) -> Result<Option<FamilyRelation>> {
    if own == other {
        return Ok(None);
    }
    if read::is_parent(tx, other, own).await? {
        return Ok(Some(FamilyRelation::Child));
    }
    if read::is_parent(tx, own, other).await? {
        return Ok(Some(FamilyRelation::Parent));
    }
    let reason = Reason { purpose: &Purpose::Kinship, fields: &["person.household", "person.household_role"], case: None };
    let is_couple = |one: &str, two: &str| one == HEAD && SPOUSES.contains(&two);
    let (role, household) = (registered.household_role.as_str(), &registered.household);
    Ok(read::read_person(tx, own, reason).await?.and_then(|me| {
        let together = is_couple(&me.household_role, role) || is_couple(role, &me.household_role);
        (me.household == *household && together).then_some(FamilyRelation::Spouse)
    }))
}

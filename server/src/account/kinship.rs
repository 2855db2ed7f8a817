//! Family relations (亲属关系) as the register knows them: parents and children, and couples by their household.

use crate::{
    error::Result,
    registry::read::{self, Reason, Registered},
    store::Tx,
};
use sea_orm::FromQueryResult;
use shared::{Problem, ids::PersonId, registry::Purpose};

/// The two relations to the head of household (GB/T 4761) that make a couple with it.
const HEAD: &str = "户主";
const SPOUSES: &[&str] = &["配偶", "夫", "妻"];

/// The person of the account, as kinship and messages need them.
pub(super) struct Own {
    pub(super) index: Vec<u8>,
    pub(super) name: String,
}

/// Reads it; the name in full, for it goes to a relative.
pub(super) async fn own_row(tx: &Tx, person: PersonId) -> Result<Own> {
    #[derive(FromQueryResult)]
    struct Row {
        resident_id_index: Vec<u8>,
        name_sealed: Vec<u8>,
    }
    let row: Option<Row> = tx.one("SELECT resident_id_index, name_sealed FROM person WHERE id = $1", [person.into()]).await?;
    let row = row.ok_or(Problem::RealNameFirst)?;
    Ok(Own { index: row.resident_id_index, name: tx.vault.open_text("person.name", person, &row.name_sealed)? })
}

/// What `own` is to `other` by the register: child, parent, spouse, or nothing it knows of.
pub(super) async fn relation(tx: &Tx, own: &[u8], other: &[u8], registered: &Registered) -> Result<Option<&'static str>> {
    if own == other {
        return Ok(None);
    }
    if read::is_parent(tx, other, own).await? {
        return Ok(Some("child"));
    }
    if read::is_parent(tx, own, other).await? {
        return Ok(Some("parent"));
    }
    let reason = Reason { purpose: &Purpose::Kinship, fields: &["person.household", "person.household_role"], case: None };
    let couple = |one: &str, two: &str| one == HEAD && SPOUSES.contains(&two);
    let (role, household) = (registered.household_role.as_str(), &registered.household);
    Ok(read::person(tx, own, reason).await?.and_then(|me| {
        let together = couple(&me.household_role, role) || couple(role, &me.household_role);
        (me.household == *household && together).then_some("spouse")
    }))
}

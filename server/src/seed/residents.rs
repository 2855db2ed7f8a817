//! Residents of the demo city with accounts: the named people, and some elders and adults of every district.

use super::{
    accounts::{self, Account, DemoAccount, PASSWORD},
    block::{Block, Resident},
    people::{self, PEOPLE},
    support::{demo_id, sql_error},
};
use crate::{error::Result, registry::read::index_of, vault::Vault};
use shared::{
    FieldErrorKind,
    account::demo,
    ids::{AccountId, MandateId, PersonId},
    registry::{districts::DISTRICTS, status::ResidentStatus},
};
use sqlx::PgConnection;
use std::collections::HashSet;

/// A resident with an account.
#[derive(Debug)]
pub(super) struct AccountHolder {
    pub(super) account: Account,
    pub(super) resident: Resident,
}

/// The numbers of elders and of other adults with an account per district, and in the district of the named people.
const ACCOUNTS_PER_DISTRICT: (usize, usize) = (2, 1);
const ACCOUNTS_AT_NAMED_PEOPLE: (usize, usize) = (6, 6);

/// Every account holder, the named people first; `block` is the first block.
pub(super) fn all(block: &Block) -> Result<Vec<AccountHolder>, FieldErrorKind> {
    let mut all = Vec::new();
    for (player, resident) in PEOPLE.iter().zip(&block.residents) {
        if let Some(mailbox) = player.mailbox {
            let mut account = Account::new(demo::email(mailbox)?);
            account.person = player.verified.then(|| person_of(resident));
            account.elder = resident.age() >= 80;
            account.phone.clone_from(&resident.phone);
            all.push(AccountHolder { account, resident: resident.clone() });
        }
    }
    let others = || block.residents.iter().enumerate().skip(PEOPLE.len()).filter(|(_, r)| may_have_account(r));
    for district in DISTRICTS {
        let (elders, adults) = if district.code == people::DISTRICT { ACCOUNTS_AT_NAMED_PEOPLE } else { ACCOUNTS_PER_DISTRICT };
        let here = || others().filter(|(_, r)| r.home.district == district);
        let chosen = here().filter(|(_, r)| r.age() >= 80).take(elders);
        for (place, resident) in chosen.chain(here().filter(|(_, r)| (25..65).contains(&r.age())).take(adults)) {
            let mut account = Account::new(demo::email(&format!("resident{place}"))?);
            account.person = Some(person_of(resident));
            account.elder = resident.age() >= 80;
            account.phone.clone_from(&resident.phone);
            all.push(AccountHolder { account, resident: resident.clone() });
        }
    }
    Ok(all)
}

fn may_have_account(r: &Resident) -> bool {
    r.status == ResidentStatus::Alive && r.phone.is_some() && r.confirmed_days_ago < 365
}

/// The id of a resident's person.
pub(super) fn person_of(resident: &Resident) -> PersonId {
    demo_id("person", resident.id.as_str())
}

/// Inserts the person of a resident.
pub(super) async fn write_person(connection: &mut PgConnection, vault: &Vault, resident: &Resident) -> Result<()> {
    let person = person_of(resident);
    sqlx::query(
        "INSERT INTO person (id, name_sealed, resident_id_sealed, resident_id_index) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
    )
    .bind(person.uuid())
    .bind(vault.seal("person.name", person, resident.name.as_bytes())?)
    .bind(vault.seal("person.resident_id", person, resident.id.as_str().as_bytes())?)
    .bind(index_of(vault, &resident.id))
    .execute(connection)
    .await
    .map_err(sql_error)?;
    Ok(())
}

/// Inserts the missing persons, accounts and mandates.
pub(super) async fn write(
    connection: &mut PgConnection,
    vault: &Vault,
    existing: &HashSet<AccountId>,
    hash: &str,
    all: &[AccountHolder],
) -> Result<()> {
    for AccountHolder { account, resident } in all.iter().filter(|h| !existing.contains(&h.account.id)) {
        if account.person.is_some() {
            write_person(connection, vault, resident).await?;
        }
        accounts::write(connection, vault, account, hash).await?;
    }
    // The daughter holds her mother's mandate.
    let mother = all.iter().find(|h| h.resident.name == person_name(people::ELDER)).and_then(|h| h.account.person);
    let daughter = all.iter().find(|h| h.resident.name == person_name(people::DAUGHTER)).map(|h| h.account.id);
    if let Some((mother, daughter)) = mother.zip(daughter) {
        sqlx::query(
            "INSERT INTO mandate (id, person_id, account_id, relation, scope, confirmed_at, ends_on)
             VALUES ($1, $2, $3, $4, $5, huimin_now(), huimin_today() + 365) ON CONFLICT DO NOTHING",
        )
        .bind(demo_id::<MandateId>("mandate", "daughter").uuid())
        .bind(mother.uuid())
        .bind(daughter.uuid())
        .bind("child")
        .bind(["services"])
        .execute(connection)
        .await
        .map_err(sql_error)?;
    }
    Ok(())
}

fn person_name(place: usize) -> &'static str {
    PEOPLE.get(place).map_or("", |p| p.name)
}

/// What an unverified person demonstrates, with the name and the number (in groups) that the real-name check asks for.
fn unverified(shows: &str, resident: &Resident) -> String {
    let id = resident.id.as_str();
    let part = |range: std::ops::Range<usize>| id.get(range).unwrap_or_default();
    format!("{shows} ({} {} {} {})", resident.name, part(0..6), part(6..14), part(14..18))
}

/// The printed accounts: those of the named people.
pub(super) fn printed(all: &[AccountHolder]) -> Vec<DemoAccount> {
    let players = PEOPLE.iter().filter(|p| p.mailbox.is_some());
    all.iter()
        .zip(players)
        .map(|(holder, player)| DemoAccount {
            who: player.name.to_owned(),
            contact: holder.account.email.as_str().to_owned(),
            password: PASSWORD,
            totp_secret: None,
            role_text: if player.verified { player.shows.to_owned() } else { unverified(player.shows, &holder.resident) },
        })
        .collect()
}

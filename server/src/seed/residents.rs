//! Residents of the demo city with an account: the cast, and some elders and adults of every district.

use super::{
    DemoAccount,
    accounts::{self, Account, PASSWORD},
    id_of,
    population::{Block, Resident, Status},
    sql_error,
};
use crate::seed::people::{self, CAST};
use crate::{error::Result, registry::read::index_of, vault::Vault};
use shared::{Complaint, account::demo, registry::districts::DISTRICTS};
use sqlx::PgConnection;
use std::collections::HashSet;
use uuid::Uuid;

/// Somebody with an account.
#[derive(Debug)]
pub(super) struct Holder {
    pub(super) account: Account,
    pub(super) resident: Resident,
}

/// Elders and other adults with an account in each district, and in that of the cast.
const EACH: (usize, usize) = (2, 1);
const AT_THE_CAST: (usize, usize) = (6, 6);

/// Everybody with an account, the cast first; `block` is the first.
pub(super) fn all(block: &Block) -> Result<Vec<Holder>, Complaint> {
    let mut all = Vec::new();
    for (player, resident) in CAST.iter().zip(&block.residents) {
        if let Some(mailbox) = player.mailbox {
            let mut account = Account::new(demo::email(mailbox)?);
            account.person = player.verified.then(|| person_of(resident));
            account.elder = resident.age() >= 80;
            account.phone.clone_from(&resident.phone);
            all.push(Holder { account, resident: resident.clone() });
        }
    }
    let others = || block.residents.iter().enumerate().skip(CAST.len()).filter(|(_, r)| may_hold(r));
    for district in DISTRICTS {
        let (elders, adults) = if district.code == people::DISTRICT { AT_THE_CAST } else { EACH };
        let here = || others().filter(|(_, r)| r.home.district == district);
        let chosen = here().filter(|(_, r)| r.age() >= 80).take(elders);
        for (place, resident) in chosen.chain(here().filter(|(_, r)| (25..65).contains(&r.age())).take(adults)) {
            let mut account = Account::new(demo::email(&format!("resident{place}"))?);
            account.person = Some(person_of(resident));
            account.elder = resident.age() >= 80;
            account.phone.clone_from(&resident.phone);
            all.push(Holder { account, resident: resident.clone() });
        }
    }
    Ok(all)
}

fn may_hold(r: &Resident) -> bool {
    r.status == Status::Alive && r.phone.is_some() && r.confirmed_days_ago < 365
}

/// The id under which the city's services know this resident.
pub(super) fn person_of(resident: &Resident) -> Uuid {
    id_of("person", resident.id.as_str())
}

/// Writes who a resident is to the city's services.
pub(super) async fn write_person(connection: &mut PgConnection, vault: &Vault, resident: &Resident) -> Result<()> {
    let person = person_of(resident);
    sqlx::query(
        "INSERT INTO person (id, name_sealed, resident_id_sealed, resident_id_index) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
    )
    .bind(person)
    .bind(vault.seal("person.name", person, resident.name.as_bytes())?)
    .bind(vault.seal("person.resident_id", person, resident.id.as_str().as_bytes())?)
    .bind(index_of(vault, &resident.id))
    .execute(connection)
    .await
    .map_err(sql_error)?;
    Ok(())
}

/// Writes the persons, accounts and mandates that are missing.
pub(super) async fn write(
    connection: &mut PgConnection,
    vault: &Vault,
    there: &HashSet<Uuid>,
    hash: &str,
    all: &[Holder],
) -> Result<()> {
    for Holder { account, resident } in all.iter().filter(|h| !there.contains(&h.account.id)) {
        if account.person.is_some() {
            write_person(connection, vault, resident).await?;
        }
        accounts::write(connection, vault, account, hash).await?;
    }
    // The daughter acts for her mother.
    let mother = all.iter().find(|h| h.resident.name == cast_name(people::ELDER)).and_then(|h| h.account.person);
    let daughter = all.iter().find(|h| h.resident.name == cast_name(people::DAUGHTER)).map(|h| h.account.id);
    if let Some((mother, daughter)) = mother.zip(daughter) {
        sqlx::query(
            "INSERT INTO mandate (id, person_id, account_id, relation, scope, confirmed_at, ends_on)
             VALUES ($1, $2, $3, $4, $5, huimin_now(), huimin_today() + 365) ON CONFLICT DO NOTHING",
        )
        .bind(id_of("mandate", "daughter"))
        .bind(mother)
        .bind(daughter)
        .bind("child")
        .bind(["services"])
        .execute(connection)
        .await
        .map_err(sql_error)?;
    }
    Ok(())
}

fn cast_name(place: usize) -> &'static str {
    CAST.get(place).map_or("", |p| p.name)
}

/// What they show, with what the real-name check asks for; the number in groups, as people read it out.
fn unverified(shows: &str, resident: &Resident) -> String {
    let id = resident.id.as_str();
    let part = |range: std::ops::Range<usize>| id.get(range).unwrap_or_default();
    format!("{shows} ({} {} {} {})", resident.name, part(0..6), part(6..14), part(14..18))
}

/// Those that are printed: the cast.
pub(super) fn printed(all: &[Holder]) -> Vec<DemoAccount> {
    let players = CAST.iter().filter(|p| p.mailbox.is_some());
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

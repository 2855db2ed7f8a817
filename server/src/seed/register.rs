//! The population register (人口库) of the demo city, written by COPY: sealed in parallel, inserted in order.

use super::{
    block::{BLOCK, Block},
    population::Population,
    support::sql_error,
};
use crate::{
    error::{Error, Result},
    registry::read::{index_of, seal_phone, seal_resident_id},
    vault::Vault,
};
use futures::{StreamExt, stream};
use jiff::{ToSpan, civil::Date};
use shared::account::Sex;
use sqlx::{PgConnection, PgPool};
use std::fmt::Write as _;

const PEOPLE: &str = "COPY register.person (resident_id_index, resident_id_sealed, name, sex, born_on, district, street, address, \
    household, household_role, phone_sealed, status, agency_zh, agency_en, as_of) FROM STDIN";
const KINSHIP: &str = "COPY register.kinship (parent_index, child_index) FROM STDIN";
/// Blocks whose kinship rows are buffered, because they reference people who must be inserted first.
const BATCH: usize = 50;

/// The rows of a block in the text format of COPY.
struct Lines {
    people: String,
    kinship: String,
}

/// Adds the missing blocks for so many people. Returns the number of people in the register. The dates of the entries
/// count back from `today`.
pub(super) async fn write(owner: &PgPool, vault: &Vault, people: u32, today: Date) -> Result<u64> {
    let there: i64 = sqlx::query_scalar("SELECT count(*) FROM register.person").fetch_one(owner).await.map_err(sql_error)?;
    let there = u64::try_from(there).unwrap_or(0);
    let wanted = u64::from(people.div_ceil(BLOCK));
    let begun = there / u64::from(BLOCK);
    if begun >= wanted {
        return Ok(there);
    }
    let skip = usize::try_from(begun).unwrap_or(usize::MAX);
    let count = usize::try_from(wanted - begun).unwrap_or(0);
    let workers = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let sealed = stream::iter(Population::default().skip(skip).take(count))
        .map(|block| {
            let vault = vault.clone();
            tokio::task::spawn_blocking(move || lines(&vault, &block.map_err(|e| Error::Broken(e.to_string()))?, today))
        })
        .buffered(workers * 2)
        .map(|joined| joined.map_err(|e| Error::Broken(format!("sealing was ended: {e}")))?);
    let mut batches = sealed.chunks(BATCH);
    // One transaction, so that an existing register is always complete.
    let mut tx = owner.begin().await.map_err(sql_error)?;
    while let Some(batch) = batches.next().await {
        let batch: Vec<Lines> = batch.into_iter().collect::<Result<_>>()?;
        copy(&mut tx, PEOPLE, batch.iter().map(|l| l.people.as_str())).await?;
        copy(&mut tx, KINSHIP, batch.iter().map(|l| l.kinship.as_str())).await?;
    }
    tx.commit().await.map_err(sql_error)?;
    // Without new statistics, plans for a table that has just grown a thousandfold are bad.
    sqlx::raw_sql("ANALYZE register.person, register.kinship").execute(owner).await.map_err(sql_error)?;
    Ok(wanted * u64::from(BLOCK))
}

async fn copy(connection: &mut PgConnection, statement: &str, parts: impl Iterator<Item = &str>) -> Result<()> {
    let mut copy = connection.copy_in_raw(statement).await.map_err(sql_error)?;
    for part in parts {
        copy.send(part.as_bytes()).await.map_err(sql_error)?;
    }
    copy.finish().await.map_err(sql_error)?;
    Ok(())
}

/// Bytes in the text format of COPY: the backslash of `\x` is escaped.
fn bytes(bytes: &[u8]) -> String {
    format!("\\\\x{}", hex::encode(bytes))
}

fn lines(vault: &Vault, block: &Block, today: Date) -> Result<Lines> {
    let mut lines = Lines { people: String::with_capacity(512 * 1024), kinship: String::new() };
    let mut indexes = Vec::with_capacity(block.residents.len());
    for r in &block.residents {
        let index = index_of(vault, &r.id);
        let id = bytes(&seal_resident_id(vault, &index, &r.id)?);
        let phone = match &r.phone {
            Some(phone) => bytes(&seal_phone(vault, &index, phone)?),
            None => "\\N".to_owned(),
        };
        let sex = if r.id.sex() == Sex::Female { "female" } else { "male" };
        let as_of = today.checked_sub(i64::from(r.confirmed_days_ago).days()).unwrap_or(today);
        let (index, place) = (bytes(&index), r.home.district);
        let columns = [
            index.as_str(),
            &id,
            &r.name,
            sex,
            &r.id.born_on().to_string(),
            place.code,
            r.home.street,
            &r.home.address,
            &r.household,
            r.household_role,
            &phone,
            r.status.code(),
            &format!("武汉市公安局{}分局", place.zh),
            &format!("Wuhan Public Security Bureau, {}", place.en),
            &as_of.to_string(),
        ];
        lines.people.push_str(&columns.join("\t"));
        lines.people.push('\n');
        indexes.push(index);
    }
    for (parent, child) in &block.kinship {
        let pair = indexes.get(*parent).zip(indexes.get(*child));
        let (parent, child) = pair.ok_or_else(|| Error::Broken("kinship of nobody".to_owned()))?;
        let _ = writeln!(lines.kinship, "{parent}\t{child}");
    }
    Ok(lines)
}

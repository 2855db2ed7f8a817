//! The access log of the registers as the person concerned reads it (谁看了我的数据).

use crate::{Store, access::actor::Actor, error::Result, paging, registry::own_facts::own_person, store::DbInstant};
use sea_orm::{FromQueryResult, raw_sql};
use shared::{
    ids::{AccountId, RegisterReadId},
    registry::{
        Purpose,
        access_log::{PAGE, ReadPage, Reader, RegisterRead},
    },
    texts::Bilingual,
};

#[derive(FromQueryResult)]
struct Row {
    id: RegisterReadId,
    reader_id: Option<AccountId>,
    /// A code, perhaps of a newer version.
    purpose: String,
    legal_basis: String,
    fields: Vec<String>,
    number: Option<String>,
    name_zh: Option<String>,
    name_en: Option<String>,
    at: DbInstant,
}

/// Reads of the actor's own entry, newest first; `before` is [`ReadPage::next`] of the previous page.
///
/// # Errors
/// [`shared::Problem::Forbidden`] while acting for another person.
pub async fn list_reads(store: &Store, actor: &Actor, before: Option<RegisterReadId>) -> Result<ReadPage> {
    let person = own_person(actor)?;
    let tx = store.read(actor).await?;
    let limit = paging::limit_plus_one(PAGE);
    let mut rows: Vec<Row> = tx
        .fetch_all(raw_sql!(
            Postgres,
            "SELECT r.id, r.reader_id, r.purpose, r.legal_basis, r.fields, c.number, o.name_zh, o.name_en, r.at
             FROM register_read r LEFT JOIN cases c ON c.id = r.case_id LEFT JOIN organisation o ON o.id = c.organisation_id
             WHERE r.resident_id_index = (SELECT p.resident_id_index FROM person p WHERE p.id = {person})
               AND ({before}::uuid IS NULL OR (r.at, r.id) < (SELECT b.at, b.id FROM register_read b WHERE b.id = {before}))
             ORDER BY r.at DESC, r.id DESC LIMIT {limit}"
        ))
        .await?;
    let next = paging::take_page(&mut rows, PAGE, |row| row.id);
    Ok(ReadPage { next, reads: rows.into_iter().map(|row| row.into_view(actor)).collect() })
}

impl Row {
    fn into_view(self, actor: &Actor) -> RegisterRead {
        let reader = match self.reader_id {
            None => Reader::System,
            Some(_) if Purpose::parse(&self.purpose) == Some(Purpose::Casework) => {
                Reader::Staff { organisation: self.name_zh.zip(self.name_en).map(|(zh, en)| Bilingual { zh, en }) }
            }
            reader if reader == actor.account => Reader::Myself,
            Some(_) => Reader::Delegate,
        };
        RegisterRead {
            id: self.id,
            reader,
            purpose: self.purpose,
            legal_basis: self.legal_basis,
            fields: self.fields,
            case: self.number,
            at: self.at.timestamp(),
        }
    }
}

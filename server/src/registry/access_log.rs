//! Who looked at my data (谁看了我的数据).

use crate::registry::mine::own_person;
use crate::{Store, account::actor::Actor, error::Result, paging, store::moment};
use sea_orm::FromQueryResult;
use shared::{
    registry::{
        access_log::{PAGE, ReadPage, Reader, RegisterRead},
        purposes,
    },
    texts::Bilingual,
};
use time::OffsetDateTime;
use uuid::Uuid;

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    reader_id: Option<Uuid>,
    purpose: String,
    legal_basis: String,
    fields: Vec<String>,
    number: Option<String>,
    name_zh: Option<String>,
    name_en: Option<String>,
    at: OffsetDateTime,
}

/// The reads of the actor's own entry, the newest first; `before` is [`ReadPage::next`] of the page before.
///
/// # Errors
/// [`shared::Problem::Forbidden`] while acting for somebody else; what the store says.
pub async fn who_looked(store: &Store, actor: &Actor, before: Option<Uuid>) -> Result<ReadPage> {
    let person = own_person(actor)?;
    let tx = store.read(actor).await?;
    let mut rows: Vec<Row> = tx
        .all(
            "SELECT r.id, r.reader_id, r.purpose, r.legal_basis, r.fields, c.number, o.name_zh, o.name_en, r.at
             FROM register_read r LEFT JOIN cases c ON c.id = r.case_id LEFT JOIN organisation o ON o.id = c.organisation_id
             WHERE r.resident_id_index = (SELECT p.resident_id_index FROM person p WHERE p.id = $1)
               AND ($2::uuid IS NULL OR (r.at, r.id) < (SELECT b.at, b.id FROM register_read b WHERE b.id = $2))
             ORDER BY r.at DESC, r.id DESC LIMIT $3",
            [person.into(), before.into(), paging::one_more(PAGE).into()],
        )
        .await?;
    let next = paging::cut(&mut rows, PAGE, |row| row.id);
    Ok(ReadPage { next, reads: rows.into_iter().map(|row| row.told(actor)).collect() })
}

impl Row {
    fn told(self, actor: &Actor) -> RegisterRead {
        let reader = match self.reader_id {
            None => Reader::System,
            Some(_) if self.purpose == purposes::CASEWORK.code => {
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
            at: moment(self.at),
        }
    }
}

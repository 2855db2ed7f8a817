//! Signed roots: digests of the record up to a point, kept in a file outside the database.
//!
//! Each line of `audit/roots.jsonl` in the data folder covers the events of a range of transactions, from the end of the line
//! before up to `pg_snapshot_xmin`: every transaction below it has ended, so that no event can be added to the range later.
//! (Sequence numbers or times cannot be used: a transaction may commit long after its number was drawn.) The line is signed
//! with Ed25519 and contains the identity of the line before it. Writers lock the file, so that any number of processes on one
//! data folder keep one chain; processes with other data folders keep chains of their own.

use crate::{
    error::{Error, Result},
    store::{DbInstant, Tx},
    vault::sha256,
};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use sea_orm::{FromQueryResult, raw_sql};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use shared::ids::CaseId;
use std::{
    fs::{File, OpenOptions},
    io::{Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

/// Events read by one statement.
const BATCH: i64 = 2000;

/// A line of the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Root {
    /// Its place in the file, from 1.
    pub n: u64,
    /// When it was made, by the database's clock (RFC 3339).
    pub at: String,
    /// The first transaction of the range.
    pub from_xid: u64,
    /// The first transaction after the range.
    pub to_xid: u64,
    /// How many events the range has.
    pub events: u64,
    /// SHA-256 over them (hex): transaction, case, number, place and hash of each.
    pub digest: String,
    /// The identity of the line before (hex); empty for the first.
    pub prev: String,
    /// The key it is signed with (hex).
    pub public_key: String,
    /// Ed25519 over everything above (hex).
    pub signature: String,
}

impl Root {
    /// The signed message. The length precedes every part.
    fn message(&self) -> Vec<u8> {
        let parts: [&[u8]; 9] = [
            b"huimin.root.1",
            &self.n.to_be_bytes(),
            self.at.as_bytes(),
            &self.from_xid.to_be_bytes(),
            &self.to_xid.to_be_bytes(),
            &self.events.to_be_bytes(),
            self.digest.as_bytes(),
            self.prev.as_bytes(),
            self.public_key.as_bytes(),
        ];
        let mut framed = Vec::new();
        for part in parts {
            framed.extend_from_slice(&(part.len() as u64).to_be_bytes());
            framed.extend_from_slice(part);
        }
        framed
    }

    /// The identity by which the next line refers to this one: SHA-256 over the signed message and the signature (hex).
    #[must_use]
    pub fn identity(&self) -> String {
        hex::encode(sha256(&[&self.message(), self.signature.as_bytes()]))
    }

    fn sign(mut self, key: &SigningKey) -> Self {
        self.public_key = hex::encode(key.verifying_key().as_bytes());
        self.signature = hex::encode(key.sign(&self.message()).to_bytes());
        self
    }

    /// Whether it was signed with this key.
    #[must_use]
    pub fn is_signed_with(&self, key: &VerifyingKey) -> bool {
        let signature = hex::decode(&self.signature).ok().and_then(|b| Signature::from_slice(&b).ok());
        hex::decode(&self.public_key).is_ok_and(|b| b == key.as_bytes())
            && signature.is_some_and(|s| key.verify_strict(&self.message(), &s).is_ok())
    }
}

/// The path of the roots file of a data folder.
#[must_use]
pub fn path(data_dir: &Path) -> PathBuf {
    data_dir.join("audit").join("roots.jsonl")
}

/// The lines of a file: each a root, or the number of a line that is not one. Text after the last line end was never
/// confirmed (a writer was killed) and is ignored.
pub(super) fn lines(text: &str) -> Vec<Result<Root, u64>> {
    let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
    whole.lines().zip(1..).map(|(line, n)| serde_json::from_str(line).map_err(|_| n)).collect()
}

/// The file, locked against other writers until it is dropped.
pub(super) struct Locked {
    file: File,
    /// The last root, if there is one.
    pub(super) last: Option<Root>,
}

impl Locked {
    /// Opens, locks and reads. Waits for another writer.
    pub(super) fn open(data_dir: &Path) -> Result<Self> {
        let path = path(data_dir);
        let folder = path.parent().unwrap_or(data_dir);
        std::fs::create_dir_all(folder)?;
        let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path)?;
        File::open(folder)?.sync_all()?;
        file.lock()?;
        let mut text = String::new();
        file.read_to_string(&mut text)?;
        let confirmed = text.rfind('\n').map_or(0, |end| end + 1);
        file.set_len(confirmed as u64)?;
        let last = match lines(&text).pop() {
            None => None,
            Some(Ok(root)) => Some(root),
            Some(Err(n)) => return Err(Error::Broken(format!("line {n} of {} is not a root", path.display()))),
        };
        Ok(Self { file, last })
    }

    /// Adds a root behind the last and makes it durable.
    pub(super) fn append(&mut self, key: &SigningKey, root: Root) -> Result<Root> {
        let root = root.sign(key);
        let line = serde_json::to_string(&root)? + "\n";
        self.file.seek(SeekFrom::End(0))?;
        self.file.write_all(line.as_bytes())?;
        self.file.sync_all()?;
        Ok(root)
    }
}

/// The root that would follow `last` now, unsigned; none when there is no event for it.
pub(super) async fn next(tx: &Tx, last: Option<&Root>) -> Result<Option<Root>> {
    let from_xid = last.map_or(0, |r| r.to_xid);
    let to_xid = snapshot_xmin(tx).await?;
    if to_xid < from_xid {
        return Err(Error::Broken(format!(
            "the database counts transactions from {to_xid}, but the last root covers those below {from_xid}: it was \
             restored from a dump or is another database; docs/audit.md says what to do"
        )));
    }
    let (events, digest) = digest(tx, from_xid, to_xid).await?;
    if events == 0 {
        return Ok(None);
    }
    Ok(Some(Root {
        n: last.map_or(1, |r| r.n + 1),
        at: DbInstant::from(tx.now().await?.at).to_string(),
        from_xid,
        to_xid,
        events,
        digest,
        prev: last.map(Root::identity).unwrap_or_default(),
        public_key: String::new(),
        signature: String::new(),
    }))
}

/// The transaction id below which every transaction has ended (`pg_snapshot_xmin`).
pub(super) async fn snapshot_xmin(tx: &Tx) -> Result<u64> {
    let xmin: Option<String> = tx.fetch_value(raw_sql!(Postgres, "SELECT pg_snapshot_xmin(pg_current_snapshot())::text")).await?;
    xmin.and_then(|xmin| xmin.parse().ok()).ok_or_else(|| Error::Broken("no snapshot".to_owned()))
}

/// How many events a range of transactions has, and SHA-256 over them in the order of (transaction, case, place).
pub(super) async fn digest(tx: &Tx, from_xid: u64, to_xid: u64) -> Result<(u64, String)> {
    #[derive(FromQueryResult)]
    struct Covered {
        xid: String,
        case_id: CaseId,
        number: String,
        seq: i32,
        hash: Vec<u8>,
    }
    let (from, to) = (from_xid.to_string(), to_xid.to_string());
    let mut hasher = Sha256::new();
    let mut events = 0;
    let mut last = ("0".to_owned(), CaseId::NIL, 0);
    loop {
        let (last_xid, last_case, last_seq) = last;
        let found: Vec<Covered> = tx
            .fetch_all(raw_sql!(
                Postgres,
                "SELECT e.xid::text AS xid, e.case_id, c.number, e.seq, e.hash FROM event e JOIN cases c ON c.id = e.case_id
                 WHERE e.xid >= {from}::text::xid8 AND e.xid < {to}::text::xid8
                   AND (e.xid, e.case_id, e.seq) > ({last_xid}::text::xid8, {last_case}::uuid, {last_seq}::integer)
                 ORDER BY e.xid, e.case_id, e.seq LIMIT {BATCH}"
            ))
            .await?;
        for event in &found {
            let seq = event.seq.to_be_bytes();
            let parts: [&[u8]; 5] =
                [event.xid.as_bytes(), event.case_id.0.as_bytes(), event.number.as_bytes(), &seq, &event.hash];
            for part in parts {
                hasher.update((part.len() as u64).to_be_bytes());
                hasher.update(part);
            }
            events += 1;
        }
        match found.into_iter().next_back() {
            Some(end) => last = (end.xid, end.case_id, end.seq),
            None => return Ok((events, hex::encode(hasher.finalize()))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn root() -> Root {
        Root {
            n: 1,
            at: "2026-01-05T00:00:00Z".to_owned(),
            from_xid: 0,
            to_xid: 900,
            events: 3,
            digest: "ab".to_owned(),
            prev: String::new(),
            public_key: String::new(),
            signature: String::new(),
        }
    }

    #[test]
    fn a_signature_covers_every_field_and_no_other_key_makes_it() {
        let (key, other) = (SigningKey::from_bytes(&[7; 32]), SigningKey::from_bytes(&[8; 32]));
        let signed = root().sign(&key);
        assert!(signed.is_signed_with(&key.verifying_key()));
        assert!(!root().sign(&other).is_signed_with(&key.verifying_key()));
        for changed in [
            Root { n: 2, ..signed.clone() },
            Root { at: String::new(), ..signed.clone() },
            Root { from_xid: 1, ..signed.clone() },
            Root { to_xid: 901, ..signed.clone() },
            Root { events: 4, ..signed.clone() },
            Root { digest: "ac".to_owned(), ..signed.clone() },
            Root { prev: "00".to_owned(), ..signed.clone() },
            Root { signature: "zz".to_owned(), ..signed },
        ] {
            assert!(!changed.is_signed_with(&key.verifying_key()), "{changed:?}");
        }
    }

    #[test]
    fn a_line_that_was_never_confirmed_does_not_count_and_is_cut_off() {
        let folder = std::env::temp_dir().join(format!("huimin-roots-{}", Uuid::now_v7()));
        let key = SigningKey::from_bytes(&[7; 32]);
        let first = Locked::open(&folder).unwrap().append(&key, root()).unwrap();
        std::fs::OpenOptions::new().append(true).open(path(&folder)).unwrap().write_all(b"{\"n\":2,").unwrap();
        assert_eq!(lines(&std::fs::read_to_string(path(&folder)).unwrap()).len(), 1);
        let mut locked = Locked::open(&folder).unwrap();
        assert_eq!(locked.last.as_ref(), Some(&first));
        locked.append(&key, Root { n: 2, prev: first.identity(), ..root() }).unwrap();
        drop(locked);
        let all = lines(&std::fs::read_to_string(path(&folder)).unwrap());
        assert_eq!(all.iter().map(|r| r.as_ref().map(|r| r.n)).collect::<Vec<_>>(), [Ok(1), Ok(2)]);
        std::fs::write(path(&folder), "nonsense\n").unwrap();
        assert!(Locked::open(&folder).is_err());
        std::fs::remove_dir_all(folder).unwrap();
    }
}

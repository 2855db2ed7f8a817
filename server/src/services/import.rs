//! Publishing the catalogue (事项目录): all files or none; can be repeated at any time.

use super::search;
use crate::{
    error::Error,
    store::{DbDate, to_db_date},
    vault::sha256,
};
use shared::services::{Item, check::ItemFault, item::Unreadable, item_summary::ItemCard};
use sqlx::{PgConnection, PgPool, Row, types::Json};
use std::fmt;

/// The catalogue files of this program: name and text.
pub static FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/catalogue.rs"));

/// Why the catalogue was not published; none of its files is then.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file cannot be parsed.
    #[error("{file}: {why}")]
    Unreadable {
        /// Which file.
        file: String,
        /// The line and the key.
        why: Unreadable,
    },
    /// The item is inconsistent.
    #[error("{file}: {}", .faults.iter().map(|f| format!("{}: {}", f.path, f.message)).collect::<Vec<_>>().join("; "))]
    Faulty {
        /// Which file.
        file: String,
        /// What is wrong.
        faults: Vec<ItemFault>,
    },
    /// A published version was changed.
    #[error(
        "{code}: version {version} is published and never changes; give the changed item version {next} and the day from which it applies"
    )]
    Changed {
        /// Which item.
        code: String,
        /// Its version.
        version: i32,
        /// The next free one.
        next: i32,
    },
    /// A version does not follow the published one.
    #[error("{code}: version {version} from {from} does not follow version {latest} from {latest_from}: both must rise")]
    NotLater {
        /// Which item.
        code: String,
        /// The version of the file.
        version: i32,
        /// Its first day.
        from: jiff::civil::Date,
        /// The published version.
        latest: i32,
        /// Its first day.
        latest_from: jiff::civil::Date,
    },
    /// The store.
    #[error("store: {0}")]
    Store(#[from] sqlx::Error),
    /// The definition cannot be serialized.
    #[error("data: {0}")]
    Data(#[from] serde_json::Error),
}

/// An item as read from its file, with the digest by which a changed file is recognized.
#[derive(Clone, Debug)]
pub struct CatalogueFile {
    /// The item.
    pub item: Item,
    digest: Vec<u8>,
}

impl CatalogueFile {
    /// Reads and checks a catalogue file. Comments and the order of keys are no changes.
    ///
    /// # Errors
    /// [`ImportError::Unreadable`], [`ImportError::Faulty`].
    pub fn read(file: &str, text: &str) -> Result<Self, ImportError> {
        let unreadable = |why| ImportError::Unreadable { file: file.to_owned(), why };
        let item = Item::parse(text).map_err(unreadable)?;
        let faults = item.check();
        if !faults.is_empty() {
            return Err(ImportError::Faulty { file: file.to_owned(), faults });
        }
        let plain: toml::Table = toml::from_str(text).map_err(|e| unreadable(e.into()))?;
        let canonical: serde_json::Value = serde_json::to_value(plain)?;
        Ok(Self { item, digest: sha256(&[canonical.to_string().as_bytes()]) })
    }
}

/// The catalogue of this program.
///
/// # Errors
/// As [`CatalogueFile::read`].
pub fn embedded() -> Result<Vec<CatalogueFile>, ImportError> {
    FILES.iter().map(|(name, text)| CatalogueFile::read(name, text)).collect()
}

/// The result of an import.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Versions newly published.
    pub published: usize,
    /// Versions that were published before.
    pub unchanged: usize,
}

impl fmt::Display for Imported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} published, {} unchanged", self.published, self.unchanged)
    }
}

/// Publishes the catalogue of this program, as [`import`].
///
/// # Errors
/// [`Error::Broken`] with the sentence of the [`ImportError`].
pub async fn import_embedded(owner: &PgPool) -> Result<Imported, Error> {
    let broken = |e: ImportError| Error::Broken(format!("the catalogue is not published: {e}"));
    import(owner, &embedded().map_err(broken)?).await.map_err(broken)
}

/// Publishes these items, as the owner of the tables, in one transaction: readers see the old catalogue or the new
/// one. A new version ends the validity of the one before on the day from which it applies. An item without a file
/// is not changed: an item is ended by a version with `valid.until`.
///
/// # Errors
/// [`ImportError`]; nothing is published then.
pub async fn import(owner: &PgPool, files: &[CatalogueFile]) -> Result<Imported, ImportError> {
    let mut tx = owner.begin().await?;
    sqlx::query("LOCK TABLE item IN SHARE ROW EXCLUSIVE MODE").execute(&mut *tx).await?;
    let mut sorted: Vec<&CatalogueFile> = files.iter().collect();
    sorted.sort_by(|a, b| (&a.item.code, a.item.version).cmp(&(&b.item.code, b.item.version)));
    let mut done = Imported::default();
    for file in sorted {
        if publish(&mut tx, file).await? {
            done.published += 1;
        } else {
            done.unchanged += 1;
        }
    }
    tx.commit().await?;
    Ok(done)
}

/// Publishes a version unless it is published already; returns whether it was new.
async fn publish(tx: &mut PgConnection, file: &CatalogueFile) -> Result<bool, ImportError> {
    let CatalogueFile { item, digest } = file;
    let latest = sqlx::query("SELECT version, lower(valid) AS begins FROM item WHERE code = $1 ORDER BY version DESC LIMIT 1")
        .bind(&item.code)
        .fetch_optional(&mut *tx)
        .await?
        .map(|row| Ok::<_, sqlx::Error>((row.try_get::<i32, _>("version")?, row.try_get::<time::Date, _>("begins")?)))
        .transpose()?;
    let same = sqlx::query("SELECT digest FROM item WHERE code = $1 AND version = $2")
        .bind(&item.code)
        .bind(item.version)
        .fetch_optional(&mut *tx)
        .await?;
    if let Some(row) = same {
        if row.try_get::<Vec<u8>, _>("digest")? != *digest {
            let next = latest.map_or(item.version, |(version, _)| version).saturating_add(1);
            return Err(ImportError::Changed { code: item.code.clone(), version: item.version, next });
        }
        // A newer program may derive the card and the search text in another way.
        sqlx::query("UPDATE item SET card = $3, search = $4 WHERE code = $1 AND version = $2 AND (card, search) IS DISTINCT FROM ($3, $4)")
            .bind(&item.code)
            .bind(item.version)
            .bind(Json(ItemCard::from(item)))
            .bind(search::index(item))
            .execute(&mut *tx)
            .await?;
        return Ok(false);
    }
    if let Some((version, begins)) = latest
        && (version >= item.version || DbDate::from(begins).date() >= item.valid.from)
    {
        return Err(ImportError::NotLater {
            code: item.code.clone(),
            version: item.version,
            from: item.valid.from,
            latest: version,
            latest_from: DbDate::from(begins).date(),
        });
    }
    let (from, until) = (to_db_date(item.valid.from), item.valid.until.map(to_db_date));
    sqlx::query("UPDATE item SET valid = valid * daterange(NULL, $2) WHERE code = $1 AND valid && daterange($2, NULL)")
        .bind(&item.code)
        .bind(from)
        .execute(&mut *tx)
        .await?;
    sqlx::query(
        "INSERT INTO item (code, version, valid, definition, digest, name_zh, name_en, audience, themes, search, card)
         VALUES ($1, $2, daterange($3, $4), $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(&item.code)
    .bind(item.version)
    .bind(from)
    .bind(until)
    .bind(Json(item))
    .bind(digest)
    .bind(&item.name.zh)
    .bind(&item.name.en)
    .bind(item.audience.code())
    .bind(&item.themes)
    .bind(search::index(item))
    .bind(Json(ItemCard::from(item)))
    .execute(&mut *tx)
    .await?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_this_program_is_an_item_with_its_name() {
        for (name, text) in FILES {
            let file = CatalogueFile::read(name, text).unwrap();
            let (code, version) = (&file.item.code, file.item.version);
            assert!(*name == format!("{code}.toml") || *name == format!("{code}-{version}.toml"), "{name}");
        }
        assert_eq!(embedded().unwrap().len(), FILES.len());
    }
}

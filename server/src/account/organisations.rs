//! Organisations (机构): the city itself, its departments and theirs in the districts; centres and banks are added by
//! [`super::partners`]. Administrators add and rename them; one is never removed, because cases keep naming it.

use super::{
    actor::Actor,
    administration::{About, Act, note},
    staff::MANAGE,
};
use crate::{
    AppState,
    error::{Error, Result, sqlstate},
    store::Tx,
};
use sea_orm::FromQueryResult;
use shared::{
    Complaint, Problem,
    registry::districts::{self, District},
};
use uuid::Uuid;

/// The code of the city's own organisation, where auditors and administrators hold their roles.
pub const CITY_CODE: &str = "city";
/// The kind of a department.
const DEPARTMENT: &str = "department";
/// Most characters of a name.
const NAME_MOST: u32 = 80;

/// An organisation in which staff may be invited.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Organisation {
    /// Its key.
    pub id: Uuid,
    /// By which the catalogue routes: `civil-affairs-420106`.
    pub code: String,
    /// `department`, `city`, `centre` or `bank`.
    pub kind: String,
    /// In Chinese.
    pub name_zh: String,
    /// In English.
    pub name_en: String,
}

/// A department to which an item of the catalogue sends its applications.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Department {
    /// The first part of its organisations' codes.
    pub code: String,
    /// What the catalogue calls it, in Chinese.
    pub name_zh: String,
    /// The same in English.
    pub name_en: String,
}

/// What an organisation is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

impl Names {
    /// Trimmed.
    ///
    /// # Errors
    /// [`Problem::Invalid`] on `name_zh` and `name_en`.
    pub(super) fn read(&self) -> Result<(String, String), Problem> {
        let (zh, en) = (self.zh.trim(), self.en.trim());
        Problem::none_wrong(&[("name_zh", fault(zh)), ("name_en", fault(en))])?;
        Ok((zh.to_owned(), en.to_owned()))
    }
}

fn fault(name: &str) -> Option<Complaint> {
    match u32::try_from(name.chars().count()).unwrap_or(u32::MAX) {
        0 => Some(Complaint::Required),
        n if n > NAME_MOST => Some(Complaint::TooLong { max: NAME_MOST }),
        _ => None,
    }
}

/// The organisations of the city.
///
/// # Errors
/// [`Problem::Forbidden`] for anybody but administrators.
pub async fn list(city: &AppState, actor: &Actor) -> Result<Vec<Organisation>> {
    city.store.gate.enter(MANAGE, actor)?;
    let tx = city.store.read(actor).await?;
    tx.all("SELECT id, code, kind, name_zh, name_en FROM organisation ORDER BY kind, code", []).await
}

/// The departments that items of the catalogue name today.
///
/// # Errors
/// [`Problem::Forbidden`] for anybody but administrators.
pub async fn departments(city: &AppState, actor: &Actor) -> Result<Vec<Department>> {
    city.store.gate.enter(MANAGE, actor)?;
    let tx = city.store.read(actor).await?;
    tx.all(
        "SELECT DISTINCT ON (code) definition->>'department' AS code, definition#>>'{department_name,zh}' AS name_zh,
                definition#>>'{department_name,en}' AS name_en
         FROM item WHERE valid @> huimin_today() ORDER BY 1, item.code",
        [],
    )
    .await
}

/// Adds the organisation of a department: for a district, or for the whole city where none is named.
///
/// # Errors
/// [`Problem::Forbidden`]; [`Problem::Invalid`]: `department` when no item names it ([`Complaint::NotAnOption`]) or it is
/// there already ([`Complaint::AlreadyTaken`]), `district`, `name_zh`, `name_en`.
pub async fn add(city: &AppState, actor: &Actor, department: &str, district: Option<&str>, names: &Names) -> Result<Uuid> {
    let known = departments(city, actor).await?;
    if !known.iter().any(|d| d.code == department) {
        return Err(Problem::field("department", Complaint::NotAnOption).into());
    }
    let place = match district {
        Some(code) => Some(districts::find(code).ok_or_else(|| Problem::field("district", Complaint::NotAnOption))?),
        None => None,
    };
    let (zh, en) = names.read()?;
    let code = place.map_or_else(|| department.to_owned(), |p| format!("{department}-{}", p.code));
    let tx = city.store.write(actor).await?;
    if let Some(place) = place {
        have_district(&tx, place).await?;
    }
    let id = insert_new(&tx, &code, DEPARTMENT, place.map(|p| p.code), (&zh, &en), "department").await?;
    note(&tx, actor, Act::OrganisationAdded, About { organisation: Some(id), ..About::default() }).await?;
    tx.commit().await?;
    Ok(id)
}

/// Gives an organisation other names.
///
/// # Errors
/// [`Problem::Forbidden`], [`Problem::NotFound`]; [`Problem::Invalid`]: `name_zh`, `name_en`.
pub async fn rename(city: &AppState, actor: &Actor, organisation: Uuid, names: &Names) -> Result<()> {
    city.store.gate.enter(MANAGE, actor)?;
    let (zh, en) = names.read()?;
    let tx = city.store.write(actor).await?;
    let renamed = "UPDATE organisation SET name_zh = $2, name_en = $3 WHERE id = $1";
    if tx.run(renamed, [organisation.into(), zh.into(), en.into()]).await? == 0 {
        return Err(Problem::NotFound.into());
    }
    note(&tx, actor, Act::OrganisationRenamed, About { organisation: Some(organisation), ..About::default() }).await?;
    tx.commit().await
}

/// The city's own organisation; makes it where there is none yet, if its names are given.
pub(super) async fn city_or_new(tx: &Tx, actor: &Actor, names: Option<&Names>) -> Result<Option<Uuid>> {
    #[derive(FromQueryResult)]
    struct Found {
        id: Uuid,
    }
    let found: Option<Found> = tx.one("SELECT id FROM organisation WHERE kind = 'city' ORDER BY code LIMIT 1", []).await?;
    match (found, names) {
        (Some(found), _) => Ok(Some(found.id)),
        (None, Some(names)) => {
            let (zh, en) = names.read()?;
            let id = insert(tx, CITY_CODE, "city", None, (&zh, &en)).await?;
            note(tx, actor, Act::OrganisationAdded, About { organisation: Some(id), ..About::default() }).await?;
            Ok(Some(id))
        }
        (None, None) => Ok(None),
    }
}

/// Makes sure that the table knows a district that an organisation is for.
pub(super) async fn have_district(tx: &Tx, place: &District) -> Result<()> {
    tx.run(
        "INSERT INTO district (code, name_zh, name_en) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        [place.code.into(), place.zh.into(), place.en.into()],
    )
    .await
    .map(drop)
}

/// Adds one whose code may be taken: that is said at `field`.
pub(super) async fn insert_new(
    tx: &Tx,
    code: &str,
    kind: &str,
    district: Option<&str>,
    names: (&str, &str),
    field: &str,
) -> Result<Uuid> {
    insert(tx, code, kind, district, names).await.map_err(|error| match error {
        // unique_violation: the code.
        Error::Store(e) if sqlstate(&e).as_deref() == Some("23505") => Problem::field(field, Complaint::AlreadyTaken).into(),
        other => other,
    })
}

async fn insert(tx: &Tx, code: &str, kind: &str, district: Option<&str>, (zh, en): (&str, &str)) -> Result<Uuid> {
    let id = Uuid::now_v7();
    tx.run(
        "INSERT INTO organisation (id, code, kind, district, name_zh, name_en) VALUES ($1, $2, $3, $4, $5, $6)",
        [id.into(), code.into(), kind.into(), district.into(), zh.into(), en.into()],
    )
    .await?;
    Ok(id)
}

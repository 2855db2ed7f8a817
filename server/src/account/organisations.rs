//! Organisations (机构): the city itself and its departments, also those in the districts; dispatch centres and banks are
//! added by [`super::partners`]. Administrators add and rename them. They are never deleted, because cases refer to them.

pub use super::entity::organisation::Model as Organisation;

use super::{
    administration::{About, Act, record_act},
    entity::{district, organisation},
};
use crate::access::{actor::Actor, gate::MANAGE};
use crate::{
    AppState,
    error::{Result, UNIQUE_VIOLATION, problem_on},
    store::{Tx, new_id},
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, DbErr, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect, raw_sql,
    sea_query::OnConflict,
};
use shared::{
    FieldErrorKind, Problem,
    account::OrganisationKind,
    ids::OrganisationId,
    registry::districts::{self, District},
};

/// The code of the city's own organisation, where auditors and administrators hold their roles.
pub const CITY_CODE: &str = "city";
/// Maximum length of a name in characters.
const MAX_NAME_CHARS: u32 = 80;

/// A department that decides applications for items of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Department {
    /// The first part of the codes of its organisations.
    pub code: String,
    /// Its name in the catalogue, in Chinese.
    pub name_zh: String,
    /// The name in English.
    pub name_en: String,
}

/// The names of an organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

impl Names {
    /// The names without surrounding spaces.
    ///
    /// # Errors
    /// [`Problem::Invalid`] on `name_zh` and `name_en`.
    pub(super) fn read(&self) -> Result<(String, String), Problem> {
        let (zh, en) = (self.zh.trim(), self.en.trim());
        Problem::fail_on_errors(&[("name_zh", check_name(zh)), ("name_en", check_name(en))])?;
        Ok((zh.to_owned(), en.to_owned()))
    }
}

fn check_name(name: &str) -> Option<FieldErrorKind> {
    match u32::try_from(name.chars().count()).unwrap_or(u32::MAX) {
        0 => Some(FieldErrorKind::Required),
        n if n > MAX_NAME_CHARS => Some(FieldErrorKind::TooLong { max: MAX_NAME_CHARS }),
        _ => None,
    }
}

/// The organisations of the city.
///
/// # Errors
/// [`Problem::Forbidden`] unless the actor is an administrator.
pub async fn list(state: &AppState, actor: &Actor) -> Result<Vec<Organisation>> {
    state.store.gate.enter(MANAGE, actor)?;
    let tx = state.store.read(actor).await?;
    let all = organisation::Entity::find()
        .order_by_asc(organisation::Column::Kind)
        .order_by_asc(organisation::Column::Code)
        .all(&tx)
        .await?;
    Ok(all)
}

/// The departments named by the items of the catalogue that are valid today.
///
/// # Errors
/// [`Problem::Forbidden`] unless the actor is an administrator.
pub async fn departments(state: &AppState, actor: &Actor) -> Result<Vec<Department>> {
    state.store.gate.enter(MANAGE, actor)?;
    let tx = state.store.read(actor).await?;
    tx.fetch_all(raw_sql!(
        Postgres,
        "SELECT DISTINCT ON (code) definition->>'department' AS code, definition#>>'{department_name,zh}' AS name_zh,
                definition#>>'{department_name,en}' AS name_en
         FROM item WHERE valid @> huimin_today() ORDER BY 1, item.code"
    ))
    .await
}

/// Adds the organisation of a department, for a district or (without one) for the whole city.
///
/// # Errors
/// [`Problem::Forbidden`]; [`Problem::Invalid`]: `department` if no item names it ([`FieldErrorKind::NotAnOption`]) or its
/// organisation exists ([`FieldErrorKind::AlreadyTaken`]), `district`, `name_zh`, `name_en`.
pub async fn add(
    state: &AppState,
    actor: &Actor,
    department: &str,
    district: Option<&str>,
    names: &Names,
) -> Result<OrganisationId> {
    let known = departments(state, actor).await?;
    if !known.iter().any(|d| d.code == department) {
        return Err(Problem::field("department", FieldErrorKind::NotAnOption).into());
    }
    let district = match district {
        Some(code) => Some(districts::find(code).ok_or_else(|| Problem::field("district", FieldErrorKind::NotAnOption))?),
        None => None,
    };
    let (zh, en) = names.read()?;
    let code = district.map_or_else(|| department.to_owned(), |d| format!("{department}-{}", d.code));
    let tx = state.store.write(actor).await?;
    if let Some(district) = district {
        ensure_district(&tx, district).await?;
    }
    let new = NewOrganisation { code: &code, kind: OrganisationKind::Department, district, names: (&zh, &en) };
    let id = new.insert_unique(&tx, "department").await?;
    record_act(&tx, actor, Act::OrganisationAdded, About { organisation: Some(id), ..About::default() }).await?;
    tx.commit().await?;
    Ok(id)
}

/// Renames an organisation.
///
/// # Errors
/// [`Problem::Forbidden`], [`Problem::NotFound`]; [`Problem::Invalid`]: `name_zh`, `name_en`.
pub async fn rename(state: &AppState, actor: &Actor, organisation: OrganisationId, names: &Names) -> Result<()> {
    state.store.gate.enter(MANAGE, actor)?;
    let (zh, en) = names.read()?;
    let tx = state.store.write(actor).await?;
    let renamed = organisation::Entity::update_many()
        .set(organisation::ActiveModel { name_zh: Set(zh), name_en: Set(en), ..Default::default() })
        .filter(organisation::Column::Id.eq(organisation))
        .exec(&tx)
        .await?;
    if renamed.rows_affected == 0 {
        return Err(Problem::NotFound.into());
    }
    record_act(&tx, actor, Act::OrganisationRenamed, About { organisation: Some(organisation), ..About::default() }).await?;
    tx.commit().await
}

/// The city's own organisation. If it does not exist, it is added with the given names.
pub(super) async fn find_or_add_city(tx: &Tx, actor: &Actor, names: Option<&Names>) -> Result<Option<OrganisationId>> {
    let found: Option<OrganisationId> = organisation::Entity::find()
        .filter(organisation::Column::Kind.eq(OrganisationKind::City))
        .order_by_asc(organisation::Column::Code)
        .select_only()
        .column(organisation::Column::Id)
        .into_tuple()
        .one(tx)
        .await?;
    match (found, names) {
        (Some(found), _) => Ok(Some(found)),
        (None, Some(names)) => {
            let (zh, en) = names.read()?;
            let new = NewOrganisation { code: CITY_CODE, kind: OrganisationKind::City, district: None, names: (&zh, &en) };
            let id = new.insert(tx).await?;
            record_act(tx, actor, Act::OrganisationAdded, About { organisation: Some(id), ..About::default() }).await?;
            Ok(Some(id))
        }
        (None, None) => Ok(None),
    }
}

/// Inserts a district unless it exists.
pub(super) async fn ensure_district(tx: &Tx, district: &District) -> Result<()> {
    let row = district::ActiveModel {
        code: Set(district.code.to_owned()),
        name_zh: Set(district.zh.to_owned()),
        name_en: Set(district.en.to_owned()),
    };
    let unless_exists = OnConflict::new().do_nothing().to_owned();
    district::Entity::insert(row).on_conflict(unless_exists).exec_without_returning(tx).await?;
    Ok(())
}

/// An organisation to be added.
pub(super) struct NewOrganisation<'a> {
    pub(super) code: &'a str,
    pub(super) kind: OrganisationKind,
    pub(super) district: Option<&'a District>,
    /// The names in Chinese and English.
    pub(super) names: (&'a str, &'a str),
}

impl NewOrganisation<'_> {
    /// Inserts the organisation; a code in use is reported at `field`.
    pub(super) async fn insert_unique(&self, tx: &Tx, field: &str) -> Result<OrganisationId> {
        self.insert(tx).await.map_err(problem_on(UNIQUE_VIOLATION, Problem::field(field, FieldErrorKind::AlreadyTaken)))
    }

    async fn insert(&self, tx: &Tx) -> Result<OrganisationId, DbErr> {
        let id: OrganisationId = new_id();
        organisation::Entity::insert(organisation::ActiveModel {
            id: Set(id),
            code: Set(self.code.to_owned()),
            kind: Set(self.kind),
            district: Set(self.district.map(|d| d.code.to_owned())),
            name_zh: Set(self.names.0.to_owned()),
            name_en: Set(self.names.1.to_owned()),
        })
        .exec_without_returning(tx)
        .await?;
        Ok(id)
    }
}

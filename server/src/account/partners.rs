//! Partner organisations (合作机构): dispatch centres and banks, added by administrators. Their first staff are invited from
//! the staff page.

use super::{
    administration::{About, Act, record_act},
    organisations::{Names, NewOrganisation, ensure_district},
};
use crate::access::{actor::Actor, gate::MANAGE};
use crate::{AppState, error::Result};
use sea_orm::raw_sql;
use shared::{
    FieldErrorKind, Problem,
    account::OrganisationKind,
    care::geo::distance_m,
    ids::OrganisationId,
    registry::districts::{self, District},
};

/// Maximum length of a phone line in characters.
const MAX_LINE_CHARS: u32 = 20;

/// The form of a new dispatch centre.
#[derive(Clone, Debug, Default)]
pub struct NewCentre {
    /// The code of the district it serves (GB/T 2260).
    pub district: String,
    /// Latitude in degrees (WGS 84).
    pub latitude: String,
    /// Longitude in degrees (WGS 84).
    pub longitude: String,
    /// Its phone line; may be empty.
    pub phone: String,
}

/// A validated [`NewCentre`].
struct CentreFields {
    district: &'static District,
    at: (f64, f64),
    phone: Option<String>,
}

fn parse_degrees(text: &str, max: f64) -> Result<f64, FieldErrorKind> {
    if text.trim().is_empty() {
        return Err(FieldErrorKind::Required);
    }
    let found: f64 = text.trim().parse().map_err(|_| FieldErrorKind::NotANumber)?;
    if found.abs() <= max { Ok(found) } else { Err(FieldErrorKind::NotANumber) }
}

fn parse_line(text: &str) -> Result<Option<String>, FieldErrorKind> {
    let text = text.trim();
    if text.chars().count() > usize::try_from(MAX_LINE_CHARS).unwrap_or(usize::MAX) {
        return Err(FieldErrorKind::TooLong { max: MAX_LINE_CHARS });
    }
    let is_dialled = |c: char| c.is_ascii_digit() || "+-() ".contains(c);
    match text {
        "" => Ok(None),
        line if line.chars().all(is_dialled) => Ok(Some(line.to_owned())),
        _ => Err(FieldErrorKind::NotALine),
    }
}

impl NewCentre {
    fn read(&self) -> Result<CentreFields, Problem> {
        let district = match self.district.as_str() {
            "" => Err(FieldErrorKind::Required),
            code => districts::find(code).ok_or(FieldErrorKind::NotAnOption),
        };
        let (latitude, longitude) = (parse_degrees(&self.latitude, 90.0), parse_degrees(&self.longitude, 180.0));
        let phone = parse_line(&self.phone);
        Problem::fail_on_errors(&[
            ("district", district.as_ref().err().cloned()),
            ("latitude", latitude.as_ref().err().cloned()),
            ("longitude", longitude.as_ref().err().cloned()),
            ("phone", phone.as_ref().err().cloned()),
        ])?;
        let invalid = |field: &'static str| move |kind| Problem::field(field, kind);
        Ok(CentreFields {
            district: district.map_err(invalid("district"))?,
            at: (latitude.map_err(invalid("latitude"))?, longitude.map_err(invalid("longitude"))?),
            phone: phone.map_err(invalid("phone"))?,
        })
    }
}

/// Adds a dispatch centre. Calls that it does not answer are escalated to the nearest other centre.
///
/// # Errors
/// [`Problem::Forbidden`] unless the actor is an administrator; [`Problem::Invalid`]: `district`, also if it has one already
/// ([`FieldErrorKind::AlreadyTaken`]), `latitude`, `longitude`, `phone`, `name_zh`, `name_en`.
pub async fn add_centre(state: &AppState, actor: &Actor, new: &NewCentre, names: &Names) -> Result<OrganisationId> {
    state.store.gate.enter(MANAGE, actor)?;
    let fields = new.read()?;
    let (zh, en) = names.read()?;
    let tx = state.store.write(actor).await?;
    let others: Vec<(OrganisationId, f64, f64)> =
        tx.fetch_values(raw_sql!(Postgres, "SELECT organisation_id, latitude, longitude FROM care_centre")).await?;
    let distance = |(_, latitude, longitude): &(OrganisationId, f64, f64)| distance_m(fields.at, (*latitude, *longitude));
    let nearest = others.iter().min_by(|a, b| distance(a).total_cmp(&distance(b))).map(|(id, ..)| *id);
    let district = fields.district;
    ensure_district(&tx, district).await?;
    let code = format!("dispatch-{}", district.code);
    let kind = OrganisationKind::Centre;
    let new = NewOrganisation { code: &code, kind, district: Some(district), names: (&zh, &en) };
    let id = new.insert_unique(&tx, "district").await?;
    let CentreFields { at: (latitude, longitude), phone, .. } = fields;
    tx.execute_sql(raw_sql!(
        Postgres,
        "INSERT INTO care_centre (organisation_id, neighbour_id, latitude, longitude, phone)
         VALUES ({id}, {nearest}, {latitude}, {longitude}, {phone})"
    ))
    .await?;
    record_act(&tx, actor, Act::OrganisationAdded, About { organisation: Some(id), ..About::default() }).await?;
    tx.commit().await?;
    Ok(id)
}

/// Adds a bank with the code `bank-` and `short`.
///
/// # Errors
/// [`Problem::Forbidden`] unless the actor is an administrator; [`Problem::Invalid`]: `short` if it is not two to thirty small
/// letters, digits and hyphens ([`FieldErrorKind::NotAShortCode`]) or is taken, `name_zh`, `name_en`.
pub async fn add_bank(state: &AppState, actor: &Actor, short: &str, names: &Names) -> Result<OrganisationId> {
    state.store.gate.enter(MANAGE, actor)?;
    let short = short.trim();
    let is_allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if short.is_empty() {
        return Err(Problem::field("short", FieldErrorKind::Required).into());
    }
    if !(2..=30).contains(&short.len()) || !short.chars().all(is_allowed) {
        return Err(Problem::field("short", FieldErrorKind::NotAShortCode).into());
    }
    let (zh, en) = names.read()?;
    let tx = state.store.write(actor).await?;
    let code = format!("bank-{short}");
    let new = NewOrganisation { code: &code, kind: OrganisationKind::Bank, district: None, names: (&zh, &en) };
    let id = new.insert_unique(&tx, "short").await?;
    record_act(&tx, actor, Act::OrganisationAdded, About { organisation: Some(id), ..About::default() }).await?;
    tx.commit().await?;
    Ok(id)
}

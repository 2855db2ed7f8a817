//! Organisations outside the departments (合作机构): dispatch centres and banks, as administrators add them. Their first
//! people are invited from the page of staff.

use super::{
    actor::Actor,
    administration::{About, Act, note},
    organisations::{Names, have_district, insert_new},
    staff::MANAGE,
};
use crate::{AppState, error::Result};
use sea_orm::FromQueryResult;
use shared::{
    Complaint, FieldError, Problem,
    care::geo::distance_m,
    registry::districts::{self, District},
};
use uuid::Uuid;

/// Most characters of a telephone line.
const LINE_MOST: u32 = 20;

/// A dispatch centre to be added, as typed.
#[derive(Clone, Debug, Default)]
pub struct NewCentre {
    /// The code of the district it is for (GB/T 2260).
    pub district: String,
    /// Latitude in degrees (WGS 84).
    pub latitude: String,
    /// Longitude in degrees (WGS 84).
    pub longitude: String,
    /// Its own telephone line; may be empty.
    pub phone: String,
}

struct Place {
    district: &'static District,
    at: (f64, f64),
    phone: Option<String>,
}

fn degrees(text: &str, most: f64) -> Result<f64, Complaint> {
    if text.trim().is_empty() {
        return Err(Complaint::Required);
    }
    let found: f64 = text.trim().parse().map_err(|_| Complaint::NotANumber)?;
    if found.abs() <= most { Ok(found) } else { Err(Complaint::NotANumber) }
}

fn line(text: &str) -> Result<Option<String>, Complaint> {
    let text = text.trim();
    if text.chars().count() > usize::try_from(LINE_MOST).unwrap_or(usize::MAX) {
        return Err(Complaint::TooLong { max: LINE_MOST });
    }
    let dialled = |c: char| c.is_ascii_digit() || "+-() ".contains(c);
    match text {
        "" => Ok(None),
        line if line.chars().all(dialled) => Ok(Some(line.to_owned())),
        _ => Err(Complaint::NotALine),
    }
}

impl NewCentre {
    fn read(&self) -> Result<Place, Problem> {
        let district = match self.district.as_str() {
            "" => Err(Complaint::Required),
            code => districts::find(code).ok_or(Complaint::NotAnOption),
        };
        let (latitude, longitude) = (degrees(&self.latitude, 90.0), degrees(&self.longitude, 180.0));
        let phone = line(&self.phone);
        match (district, latitude, longitude, phone) {
            (Ok(district), Ok(latitude), Ok(longitude), Ok(phone)) => Ok(Place { district, at: (latitude, longitude), phone }),
            (district, latitude, longitude, phone) => {
                let wrong = [
                    ("district", district.err()),
                    ("latitude", latitude.err()),
                    ("longitude", longitude.err()),
                    ("phone", phone.err()),
                ];
                let errors = wrong
                    .into_iter()
                    .filter_map(|(field, complaint)| Some(FieldError { field: field.to_owned(), complaint: complaint? }));
                Err(Problem::Invalid { errors: errors.collect() })
            }
        }
    }
}

/// Adds a dispatch centre. Whom it asks when nobody answers is the centre nearest to it.
///
/// # Errors
/// [`Problem::Forbidden`] for anybody but administrators; [`Problem::Invalid`]: `district` also when it has one already
/// ([`Complaint::AlreadyTaken`]), `latitude`, `longitude`, `phone`, `name_zh`, `name_en`.
pub async fn add_centre(city: &AppState, actor: &Actor, new: &NewCentre, names: &Names) -> Result<Uuid> {
    #[derive(FromQueryResult)]
    struct Other {
        organisation_id: Uuid,
        latitude: f64,
        longitude: f64,
    }
    city.store.gate.enter(MANAGE, actor)?;
    let place = new.read()?;
    let (zh, en) = names.read()?;
    let tx = city.store.write(actor).await?;
    let others: Vec<Other> = tx.all("SELECT organisation_id, latitude, longitude FROM care_centre", []).await?;
    let away = |o: &Other| distance_m(place.at, (o.latitude, o.longitude));
    let nearest = others.iter().min_by(|a, b| away(a).total_cmp(&away(b))).map(|o| o.organisation_id);
    let district = place.district;
    have_district(&tx, district).await?;
    let code = format!("dispatch-{}", district.code);
    let id = insert_new(&tx, &code, "centre", Some(district.code), (&zh, &en), "district").await?;
    tx.run(
        "INSERT INTO care_centre (organisation_id, neighbour_id, latitude, longitude, phone) VALUES ($1, $2, $3, $4, $5)",
        [id.into(), nearest.into(), place.at.0.into(), place.at.1.into(), place.phone.into()],
    )
    .await?;
    note(&tx, actor, Act::OrganisationAdded, About { organisation: Some(id), ..About::default() }).await?;
    tx.commit().await?;
    Ok(id)
}

/// Adds a bank. `short` is what tells it apart: its code is `bank-` and that.
///
/// # Errors
/// [`Problem::Forbidden`] for anybody but administrators; [`Problem::Invalid`]: `short` when it is not two to thirty small
/// letters, digits and hyphens ([`Complaint::NotAShortCode`]) or is taken, `name_zh`, `name_en`.
pub async fn add_bank(city: &AppState, actor: &Actor, short: &str, names: &Names) -> Result<Uuid> {
    city.store.gate.enter(MANAGE, actor)?;
    let short = short.trim();
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if short.is_empty() {
        return Err(Problem::field("short", Complaint::Required).into());
    }
    if !(2..=30).contains(&short.len()) || !short.chars().all(fits) {
        return Err(Problem::field("short", Complaint::NotAShortCode).into());
    }
    let (zh, en) = names.read()?;
    let tx = city.store.write(actor).await?;
    let id = insert_new(&tx, &format!("bank-{short}"), "bank", None, (&zh, &en), "short").await?;
    note(&tx, actor, Act::OrganisationAdded, About { organisation: Some(id), ..About::default() }).await?;
    tx.commit().await?;
    Ok(id)
}

//! Publishing a demand (发布需求), and the firm's pages of its demands.

use super::{enterprise, facts, none_wrong, read};
use crate::{
    Store,
    account::{actor::Actor, gate::Access},
    cases::{self, Done, Effect, Opening, idempotency},
    error::{Error, Result},
    store::Tx,
};
use sea_orm::FromQueryResult;
use serde::Serialize;
use serde_json::json;
use shared::cases::actions::{View, Withdraw};
use shared::{
    Complaint, Problem,
    finance::{
        Fen,
        life::{COLLATERALS, DEMAND, PURPOSES},
        money::{FenFault, parse_yuan},
        schedule::MAX_PERIODS,
        view::{DemandRow, DemandView},
    },
    ids::{CaseId, OrganisationId},
};

/// Code of the organisation to which demands belong: the financing service centre (融资服务中心).
pub const CENTRE: &str = "financing-centre";
/// The least that is asked for: 10,000 yuan.
const LEAST: Fen = 1_000_000;
/// The most: 10 billion yuan.
const MOST: Fen = 1_000_000_000_000;
/// Characters of what the firm tells.
const STORY: (usize, usize) = (10, 2000);

/// A demand as posted.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Wish {
    /// In yuan.
    pub amount: String,
    /// In months.
    pub months: String,
    /// One of [`PURPOSES`].
    pub purpose: String,
    /// One of [`COLLATERALS`].
    pub collateral: String,
    /// What the money is for, in the firm's words.
    pub story: String,
}

struct Checked {
    amount: Fen,
    months: i32,
    purpose: String,
    collateral: String,
    story: String,
}

/// An amount in yuan within limits.
pub(super) fn amount(text: &str, least: Fen, most: Fen) -> Result<Fen, Complaint> {
    use shared::finance::money::yuan;
    if text.trim().is_empty() {
        return Err(Complaint::Required);
    }
    match parse_yuan(text) {
        Ok(fen) if fen < least => Err(Complaint::BelowLeast { least: yuan(least) }),
        Ok(fen) if fen <= most => Ok(fen),
        Ok(_) | Err(FenFault::TooLarge) => Err(Complaint::AboveMost { most: yuan(most) }),
        Err(FenFault::Format) => Err(Complaint::NotANumber),
    }
}

/// A number of months within limits.
pub(super) fn months(text: &str, least: u32, most: u32) -> Result<i32, Complaint> {
    if text.trim().is_empty() {
        return Err(Complaint::Required);
    }
    match text.trim().parse::<u32>() {
        Ok(months) if months < least => Err(Complaint::BelowLeast { least: least.to_string() }),
        Ok(months) if months <= most => i32::try_from(months).map_err(|_| Complaint::NotANumber),
        Ok(_) => Err(Complaint::AboveMost { most: most.to_string() }),
        Err(_) => Err(Complaint::NotANumber),
    }
}

fn choice(text: &str, all: &[&str]) -> Result<String, Complaint> {
    if all.contains(&text) {
        Ok(text.to_owned())
    } else if text.is_empty() {
        Err(Complaint::Required)
    } else {
        Err(Complaint::NotAnOption)
    }
}

impl Wish {
    fn check(&self) -> Result<Checked> {
        let amount = amount(&self.amount, LEAST, MOST);
        let months = months(&self.months, 1, MAX_PERIODS);
        let (purpose, collateral) = (choice(&self.purpose, &PURPOSES), choice(&self.collateral, &COLLATERALS));
        let story = self.story.trim().to_owned();
        let length = story.chars().count();
        let told = match length {
            0 => Some(Complaint::Required),
            n if n < STORY.0 => Some(Complaint::TooShort { min: 10 }),
            n if n > STORY.1 => Some(Complaint::TooLong { max: 2000 }),
            _ => None,
        };
        none_wrong(&[
            ("amount", amount.as_ref().err().cloned()),
            ("months", months.as_ref().err().cloned()),
            ("purpose", purpose.as_ref().err().cloned()),
            ("collateral", collateral.as_ref().err().cloned()),
            ("story", told),
        ])?;
        let broken = |_| Error::Broken("a demand that was checked does not hold".to_owned());
        Ok(Checked {
            amount: amount.map_err(broken)?,
            months: months.map_err(broken)?,
            purpose: purpose.map_err(broken)?,
            collateral: collateral.map_err(broken)?,
            story,
        })
    }
}

/// Publishes a demand of the firm that is acted for, once.
///
/// # Errors
/// [`Problem::Invalid`]; [`Problem::Forbidden`] when no firm is acted for; [`Problem::KeyReused`].
pub async fn publish(store: &Store, actor: &Actor, wish: &Wish, key: &str) -> Result<Done> {
    let tx = store.write(actor).await?;
    let reservation = match idempotency::reserve_key(&tx, actor, "publish", key, wish).await? {
        idempotency::Reservation::Replayed(done) => return Ok(done),
        idempotency::Reservation::New(reservation) => reservation,
    };
    let firm = enterprise::acted_for(&tx, actor).await?;
    let checked = wish.check()?;
    let case = cases::open(
        &tx,
        actor,
        Opening {
            flow: &DEMAND,
            title_zh: "融资需求",
            title_en: "Financing demand",
            subject: actor.person.ok_or(Problem::RealNameFirst)?,
            organisation: centre(&tx).await?,
            effect: Effect {
                facts: facts(&json!({ "enterprise": firm.code(), "amount_fen": checked.amount, "months": checked.months })),
                ..Effect::default()
            },
        },
    )
    .await?;
    write(&tx, case.id, &firm, &checked).await?;
    let done = Done { number: case.number, state: case.state, version: case.version };
    reservation.store_response(&tx, &done).await?;
    tx.commit().await?;
    Ok(done)
}

async fn write(tx: &Tx, case: CaseId, firm: &enterprise::Row, checked: &Checked) -> Result<()> {
    let (district, industry, registered_on) = firm.of_demand();
    tx.run(
        "INSERT INTO demand (case_id, enterprise_id, amount_fen, months, purpose, collateral, district, industry, registered_on)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        [
            case.into(),
            firm.id().into(),
            checked.amount.into(),
            checked.months.into(),
            checked.purpose.clone().into(),
            checked.collateral.clone().into(),
            district.into(),
            industry.into(),
            registered_on.into(),
        ],
    )
    .await?;
    tx.run("INSERT INTO demand_detail (case_id, story) VALUES ($1, $2)", [case.into(), checked.story.clone().into()]).await?;
    Ok(())
}

async fn centre(tx: &Tx) -> Result<OrganisationId> {
    #[derive(FromQueryResult)]
    struct Row {
        id: OrganisationId,
    }
    let row: Option<Row> = tx.one("SELECT id FROM organisation WHERE code = $1", [CENTRE.into()]).await?;
    Ok(row.ok_or_else(|| Error::Broken(format!("no organisation {CENTRE}")))?.id)
}

/// A page of the demands of the firm that is acted for, the newest first, and where the next begins.
///
/// # Errors
/// [`Problem::Forbidden`] when no firm is acted for.
pub async fn mine(store: &Store, actor: &Actor, after: Option<&str>) -> Result<(Vec<DemandRow>, Option<String>)> {
    store.gate.enter(Access::Verified, actor)?;
    let after: Option<CaseId> = after.and_then(|t| t.parse().ok());
    let tx = store.read(actor).await?;
    let firm = enterprise::acted_for(&tx, actor).await?;
    read::demands_of(&tx, firm.id(), after).await
}

/// A demand as its firm sees it, with the newest reads.
///
/// # Errors
/// [`Problem::NotFound`] when it is not there or not theirs.
pub async fn page(store: &Store, actor: &Actor, number: &str) -> Result<DemandView> {
    page_with_reads(store, actor, number, None).await
}

/// The same with the reads before a line of theirs: [`DemandView::earlier`] of the page before.
///
/// # Errors
/// As [`page`].
pub async fn page_with_reads(store: &Store, actor: &Actor, number: &str, before: Option<&str>) -> Result<DemandView> {
    store.gate.enter(Access::Verified, actor)?;
    let tx = store.snapshot(actor).await?;
    let case = cases::find(&tx, actor, number).await?;
    let own = case.kind == DEMAND.kind && actor.person == Some(case.subject_id) && actor.acting_for.is_none();
    if !own {
        return Err(Problem::NotFound.into());
    }
    read::demand(&tx, actor, &case, before).await
}

/// The firm takes its demand back; every offer ends, every bank leaves.
pub(crate) async fn withdraw(change: &cases::Change<'_>, _: &Withdraw) -> Result<Effect> {
    let firm = super::firm(change).await?;
    super::offers::end_all(change.tx, change.case.id, None).await?;
    super::consent::end(change.tx, change.case.id, super::consent::Whose::All, "demand_withdrawn").await?;
    super::credit::release_accepted(change.tx, change.case.id).await?;
    Ok(Effect {
        facts: facts(&json!({ "enterprise": firm.code })),
        remove_organisations: change.case.joined.clone(),
        ..Effect::default()
    })
}

/// A bank opened the demand: logged, nothing else.
pub(crate) async fn view(_: &cases::Change<'_>, _: &View) -> Result<Effect> {
    Ok(Effect::default())
}

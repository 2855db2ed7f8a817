//! The responder's own page (救援员出勤): their profile, their location, and their open requests to go.

use super::offer_view::{open_offers, to_view};
use crate::care::entity::care_responder;
use crate::{
    Actor, Store,
    access::gate::Access,
    cases::{Request, perform_in},
    error::{Error, Result},
    store::{DbInstant, Tx},
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, UpdateMany, raw_sql,
    sea_query::{Expr, OnConflict},
};
use shared::{
    FieldErrorKind, Problem,
    account::Permission::RespondToCalls,
    care::{
        geo::Fix,
        profile::LANGUAGES,
        respond::{RespondPage, ResponderSummary},
        responder::{Mode, Skill},
    },
    cases::actions::View,
    ids::AccountId,
};

/// Who may use this page.
const RESPONDERS: Access = Access::Staff(RespondToCalls);

/// Loads the page. Records in the case, once a day, that the responder viewed the person's data (调阅).
///
/// # Errors
/// [`Problem::Forbidden`] for others; errors of the database or the vault.
pub async fn page(store: &Store, actor: &Actor) -> Result<RespondPage> {
    store.gate.enter(RESPONDERS, actor)?;
    let account = actor.signed_in()?;
    let tx = store.write(actor).await?;
    let now = tx.now().await?;
    let responder_summary = responder_summary(&tx, account).await?;
    let mut offers = Vec::new();
    let key = format!("view-{}", now.today());
    for row in open_offers(&tx, account).await? {
        let viewed = Request { number: &row.number, version: None, key: &key, input: &View::default() };
        perform_in(&tx, actor, &viewed).await?;
        offers.push(to_view(&tx, row).await?);
    }
    tx.commit().await?;
    // The most advanced response first, then the oldest request.
    offers.sort_by_key(|offer| (std::cmp::Reverse(offer.stage), offer.offered_at));
    Ok(RespondPage { now: DbInstant::from(now.at).timestamp(), me: responder_summary, offers })
}

async fn responder_summary(tx: &Tx, account: AccountId) -> Result<ResponderSummary> {
    #[derive(FromQueryResult)]
    struct ResponderRow {
        on_duty: bool,
        skills: Option<Vec<String>>,
        languages: Option<Vec<String>>,
        mode: Option<Mode>,
        located_at: Option<DbInstant>,
        resting_until: Option<DbInstant>,
    }
    let row: Option<ResponderRow> = tx
        .fetch_one(raw_sql!(
            Postgres,
            "SELECT huimin_on_duty(me.id) AS on_duty, r.skills, r.languages, r.mode, r.located_at,
                    CASE WHEN r.resting_until > huimin_now() THEN r.resting_until END AS resting_until
               FROM (SELECT {account}::uuid AS id) me LEFT JOIN care_responder r ON r.account_id = me.id"
        ))
        .await?;
    let row = row.ok_or_else(|| Error::Broken("the query for the responder returned no row".to_owned()))?;
    Ok(ResponderSummary {
        on_duty: row.on_duty,
        // A skill that only a newer version of the program knows is left out.
        skills: row.skills.unwrap_or_default().iter().filter_map(|code| Skill::parse(code)).collect(),
        languages: row.languages.unwrap_or_default(),
        mode: row.mode,
        located_at: row.located_at.map(DbInstant::timestamp),
        resting_until: row.resting_until.map(DbInstant::timestamp),
    })
}

/// Updates the responder's skills, languages and way of travel.
///
/// # Errors
/// [`Problem::Invalid`] naming `skills`, `languages` or `mode`; [`Problem::Forbidden`] for others.
pub async fn update_profile(store: &Store, actor: &Actor, skills: &[String], languages: &[String], mode: &str) -> Result<()> {
    store.gate.enter(RESPONDERS, actor)?;
    let not_an_option = |field: &str| Problem::field(field, FieldErrorKind::NotAnOption);
    let parse = |code: &String| Skill::parse(code).ok_or_else(|| not_an_option("skills"));
    let mut skills = skills.iter().map(parse).collect::<Result<Vec<Skill>, _>>()?;
    skills.sort_unstable_by_key(|skill| skill.code());
    skills.dedup();
    if languages.iter().any(|tag| !LANGUAGES.contains(&tag.as_str())) {
        return Err(not_an_option("languages").into());
    }
    let mode = match mode {
        "" => Err(Problem::field("mode", FieldErrorKind::Required)),
        code => Mode::parse(code).ok_or_else(|| not_an_option("mode")),
    }?;
    let tx = store.write(actor).await?;
    let changes = care_responder::ActiveModel {
        skills: Set(skills),
        languages: Set(languages.to_vec()),
        mode: Set(mode),
        ..Default::default()
    };
    update_own(&tx, actor, care_responder::Entity::update_many().set(changes)).await?;
    tx.commit().await
}

/// Stores the responder's location.
///
/// # Errors
/// [`Problem::Forbidden`] for others.
pub async fn update_location(store: &Store, actor: &Actor, fix: &Fix) -> Result<()> {
    store.gate.enter(RESPONDERS, actor)?;
    let taken = time::OffsetDateTime::from_unix_timestamp(fix.taken_at.as_second())
        .map_err(|_| Problem::field("taken_at", FieldErrorKind::NotADate))?;
    let tx = store.write(actor).await?;
    let update = care_responder::Entity::update_many()
        .set(care_responder::ActiveModel {
            latitude: Set(Some(fix.lat)),
            longitude: Set(Some(fix.lon)),
            accuracy_m: Set(fix.accuracy_m),
            ..Default::default()
        })
        // The clock of a phone may be fast.
        .col_expr(care_responder::Column::LocatedAt, Expr::cust_with_values("least($1, huimin_now())", [taken]));
    update_own(&tx, actor, update).await?;
    tx.commit().await
}

/// Deletes the stored location of the responder.
///
/// # Errors
/// [`Problem::Forbidden`] for others.
pub async fn clear_location(store: &Store, actor: &Actor) -> Result<()> {
    store.gate.enter(RESPONDERS, actor)?;
    let tx = store.write(actor).await?;
    let changes = care_responder::ActiveModel {
        latitude: Set(None),
        longitude: Set(None),
        accuracy_m: Set(None),
        located_at: Set(None),
        ..Default::default()
    };
    update_own(&tx, actor, care_responder::Entity::update_many().set(changes)).await?;
    tx.commit().await
}

/// Updates the actor's own row. The first update inserts it, at the centre in which they hold the role.
async fn update_own(tx: &Tx, actor: &Actor, update: UpdateMany<care_responder::Entity>) -> Result<()> {
    let centre = actor.organisations_where(RespondToCalls).first().copied().ok_or(Problem::Forbidden)?;
    let account = actor.signed_in()?;
    care_responder::Entity::insert(care_responder::ActiveModel {
        account_id: Set(account),
        organisation_id: Set(centre),
        mode: Set(Mode::Walk),
        ..Default::default()
    })
    .on_conflict(
        OnConflict::column(care_responder::Column::AccountId).update_column(care_responder::Column::OrganisationId).to_owned(),
    )
    .exec_without_returning(tx)
    .await?;
    update.filter(care_responder::Column::AccountId.eq(account)).exec(tx).await?;
    Ok(())
}

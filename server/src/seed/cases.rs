//! The applications of the demo city: made and decided by the regular functions, with the city's clock moved back to the
//! days on which they happen.

use super::{
    answers::{self, SCRIPTED_ANSWERS, ScriptedAnswer},
    block::Block,
    people::PEOPLE,
    residents::AccountHolder,
    scenarios::{ActingParty, SCENARIOS, Scenario},
    staff::StaffMember,
    support::sql_error,
};
use crate::{
    AppState,
    access::actor::{Actor, Membership},
    cases::{ActionResult, AnyInput, Request, perform},
    error::{Error, Result},
    services::{
        self, apply,
        draft::{self, Posted},
        files::{self, Target},
    },
    store::Now,
};
use bytes::Bytes;
use jiff::{ToSpan, civil::Date};
use serde_json::json;
use shared::{
    account::Role,
    cases::{Action, WorkCalendar},
    ids::{AccountId, OrganisationId},
    services::{
        Item, Kind,
        actions::{AskCorrection, Correct, NotAccept, Object, ProposeGrant, ProposeRefusal, Rate, Reopen, SendBack, Uphold},
        answers::is_at_or_below,
        life::{ASK_CORRECTION, CORRECT, NOT_ACCEPT, OBJECT, PROPOSE_GRANT, PROPOSE_REFUSAL, RATE, REOPEN, SEND_BACK, UPHOLD},
    },
};
use sqlx::PgPool;
use std::{collections::HashSet, io::Cursor};
use uuid::Uuid;

/// A case to be created.
pub(super) struct PlannedCase<'a> {
    scenario: &'static Scenario,
    /// Working days since the submission.
    submitted_days_ago: u32,
    script: &'static ScriptedAnswer,
    holder: &'a AccountHolder,
}

/// Assigns every scenario to an account holder of a suitable age who has not applied for the item yet, unless it is
/// repeatable.
pub(super) fn plans(holders: &[AccountHolder]) -> Vec<PlannedCase<'_>> {
    // The named people have no applications, so that everything can be tried with them.
    let others = || holders.iter().filter(|h| h.account.person.is_some() && !PEOPLE.iter().any(|p| p.name == h.resident.name));
    let mut had: HashSet<(AccountId, &str)> = HashSet::new();
    let mut plans = Vec::new();
    // One case of each scenario in turn, so that every scenario finds account holders.
    let most = SCENARIOS.iter().map(|p| p.submitted_days_ago.len()).max().unwrap_or(0);
    let cases = (0..most)
        .flat_map(|n| SCENARIOS.iter().filter_map(move |scenario| Some((scenario, *scenario.submitted_days_ago.get(n)?))));
    for (turn, (scenario, submitted_days_ago)) in cases.enumerate() {
        // The next item in turn that has a free applicant, and the next of its free applicants.
        let found = (0..SCRIPTED_ANSWERS.len()).find_map(|next| {
            let script = SCRIPTED_ANSWERS.get((turn + next) % SCRIPTED_ANSWERS.len())?;
            let free =
                |h: &&AccountHolder| (script.eligible_age)(h.resident.age()) && !had.contains(&(h.account.id, script.item));
            let free: Vec<&AccountHolder> = others().filter(free).collect();
            let holder = free.get((turn / SCRIPTED_ANSWERS.len()) % free.len().max(1)).copied()?;
            Some((script, holder))
        });
        let Some((script, holder)) = found else { continue };
        if !script.repeatable {
            had.insert((holder.account.id, script.item));
        }
        plans.push(PlannedCase { scenario, submitted_days_ago, script, holder });
    }
    plans
}

/// Everything needed to run scenarios.
struct ScenarioRunner<'a> {
    owner: &'a PgPool,
    state: &'a AppState,
    staff: &'a [StaffMember],
    block: &'a Block,
    now: Now,
    picture: Bytes,
}

/// Creates the missing cases. Returns the total number of cases.
pub(super) async fn write(
    owner: &PgPool,
    state: &AppState,
    staff: &[StaffMember],
    holders: &[AccountHolder],
    block: &Block,
) -> Result<usize> {
    let plans = plans(holders);
    let existing: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM cases c JOIN account a ON a.id = c.applicant_id WHERE a.demo AND c.kind = 'application'",
    )
    .fetch_one(owner)
    .await
    .map_err(sql_error)?;
    let existing = usize::try_from(existing).unwrap_or(0);
    if existing >= plans.len() {
        return Ok(existing);
    }
    let now = state.store.read(&Actor::system(crate::Task::Operation)).await?.now().await?;
    let runner = ScenarioRunner { owner, state, staff, block, now, picture: picture()? };
    let mut made = Vec::new();
    for (number, plan) in plans.iter().enumerate().skip(existing) {
        let serial = u32::try_from(number).unwrap_or(0);
        made.push(
            runner
                .run(plan, serial)
                .await
                .map_err(|e| Error::Broken(format!("demo case {number} ({}): {e}", plan.script.item)))?,
        );
    }
    settle_notices(owner, &made).await?;
    Ok(plans.len())
}

impl ScenarioRunner<'_> {
    async fn run(&self, plan: &PlannedCase<'_>, serial: u32) -> Result<String> {
        let applicant = Actor { account: Some(plan.holder.account.id), person: plan.holder.account.person, ..Actor::default() };
        let mut time = CaseTimes { now: self.now, last: None, serial };
        let (mut done, item) = self.submit(plan, &applicant, time.at(plan.submitted_days_ago), serial).await?;
        let organisation: Uuid = sqlx::query_scalar("SELECT organisation_id FROM cases WHERE number = $1")
            .bind(&done.number)
            .fetch_one(self.owner)
            .await
            .map_err(sql_error)?;
        for (step, (after, who, action)) in plan.scenario.steps.iter().enumerate() {
            let actor = match who {
                ActingParty::Applicant => applicant.clone(),
                ActingParty::Caseworker => self.member(organisation.into(), Role::Caseworker, serial % 2).await?,
                ActingParty::Supervisor => self.member(organisation.into(), Role::Supervisor, 0).await?,
                ActingParty::OtherSupervisor => self.member(organisation.into(), Role::Supervisor, 1).await?,
            };
            let store = self.state.store.with_clock_offset(&time.at(plan.submitted_days_ago.saturating_sub(*after)));
            let input = input(*action, plan, &item, serial)?;
            let key = format!("demo-{serial}-{step}");
            let request = Request { number: &done.number, version: Some(done.version), key: &key, input: &*input };
            done = perform(&store, &actor, request).await?;
        }
        if done.state != plan.scenario.final_state.0 {
            return Err(Error::Broken(format!("it ends as {}, not as {}", done.state, plan.scenario.final_state.0)));
        }
        Ok(done.number)
    }

    /// Fills in and submits an application.
    async fn submit(
        &self,
        plan: &PlannedCase<'_>,
        applicant: &Actor,
        offset: String,
        serial: u32,
    ) -> Result<(ActionResult, Item)> {
        let state = AppState { store: self.state.store.with_clock_offset(&offset), ..self.state.clone() };
        let id = draft::start(&state.store, applicant, plan.script.item).await?;
        let view = draft::get(&state.store, applicant, id).await?;
        let answers = answers::fill(plan.script, &view.item, &view.answers, &plan.holder.resident, self.block, serial);
        let typed =
            |field: &str| answers.iter().any(|(path, values)| is_at_or_below(path, field) && view.answers.all(path) != values);
        for page in view.item.form.pages.iter().filter(|p| p.fields.iter().any(|f| typed(&f.id))) {
            let posted = Posted { draft: id, page: &page.id, answers: &answers };
            draft::save_typed(&state.store, applicant, &posted).await?;
        }
        for shown in view.item.form.shown(&answers).iter().filter(|s| s.field.kind == Kind::File && s.field.required) {
            if view.uploads.iter().all(|u| u.field != shown.path) {
                let name = format!("{}.jpg", shown.field.id);
                files::attach(&state, applicant, Target::Draft(id), &shown.path, &name, self.picture.clone()).await?;
            }
        }
        let done = apply::submit(&state.store, applicant, id, &format!("demo-{serial}-submit")).await?;
        Ok((done, view.item))
    }

    /// The staff member of an organisation with this role, by their index among those with the role.
    async fn member(&self, organisation: OrganisationId, role: Role, place: u32) -> Result<Actor> {
        let account: Uuid = sqlx::query_scalar(
            "SELECT m.account_id FROM membership m WHERE m.organisation_id = $1 AND m.role = $2 AND m.account_id = ANY($3)
             ORDER BY array_position($3, m.account_id) OFFSET $4 LIMIT 1",
        )
        .bind(organisation.uuid())
        .bind(role.code())
        .bind(self.staff.iter().map(|m| m.account.id.uuid()).collect::<Vec<_>>())
        .bind(i64::from(place))
        .fetch_one(self.owner)
        .await
        .map_err(sql_error)?;
        Ok(Actor {
            account: Some(account.into()),
            memberships: vec![Membership { organisation, role }],
            second_factor: true,
            ..Actor::default()
        })
    }
}

/// The times of the steps of a case.
struct CaseTimes {
    now: Now,
    last: Option<time::OffsetDateTime>,
    serial: u32,
}

impl CaseTimes {
    /// The clock offset for a step so many working days ago: in office hours, after the step before and never in the future.
    fn at(&mut self, working_days_ago: u32) -> String {
        let day = crate::store::to_db_date(working_days_before(self.now.today(), working_days_ago));
        let minutes = i64::from(self.serial.wrapping_mul(37) % 420);
        let opening = time::PrimitiveDateTime::new(day, time::Time::MIDNIGHT).assume_offset(time::UtcOffset::UTC);
        // 09:00 in China Standard Time is 01:00 UTC.
        let wanted = opening + time::Duration::hours(1) + time::Duration::minutes(minutes);
        let after = self.last.map_or(wanted, |last| wanted.max(last + time::Duration::minutes(11)));
        // Steps of today follow each other and end now.
        let at = after.min(self.last.map_or(self.now.at - time::Duration::seconds(90), |last| last.max(self.now.at)));
        self.last = Some(at);
        format!("{} seconds", (at - self.now.at).whole_seconds())
    }
}

/// The day so many working days before; calendar days where the work calendar is not published.
fn working_days_before(today: Date, working_days: u32) -> Date {
    let (mut day, mut left) = (today, working_days);
    while left > 0 {
        let Ok(before) = day.checked_sub(1.day()) else { return day };
        day = before;
        if WorkCalendar::PUBLISHED.is_workday(day).unwrap_or(true) {
            left -= 1;
        }
    }
    day
}

/// The input of an action.
fn input(action: Action, plan: &PlannedCase<'_>, item: &Item, serial: u32) -> Result<Box<dyn AnyInput>> {
    let (path, note, answer) = plan.script.correction;
    let refusals = item.refusals.len().max(1);
    let refusal = item.refusals.get(usize::try_from(serial).unwrap_or(0) % refusals);
    let code = refusal.map(|r| r.code.clone()).unwrap_or_default();
    let reason = refusal.map_or("", |r| r.text.zh.as_str());
    let sentence = format!("经核对，{reason}，不符合本事项的办理条件。");
    Ok(match action {
        ASK_CORRECTION => {
            Box::new(AskCorrection { notes: [(path.to_owned(), note.to_owned())].into(), ..AskCorrection::default() })
        }
        CORRECT => Box::new(Correct { answers: Some(serde_json::from_value(json!({ path: answer }))?) }),
        NOT_ACCEPT => Box::new(NotAccept { code, sentence }),
        PROPOSE_REFUSAL => Box::new(ProposeRefusal { code, sentence }),
        PROPOSE_GRANT => Box::new(ProposeGrant { note: "材料齐全，信息与人口库一致。".to_owned() }),
        SEND_BACK => Box::new(SendBack { note: "请再核对一次登记地址。".to_owned() }),
        OBJECT => Box::new(Object { sentence: "情况已有变化，请重新核对我的材料。".to_owned() }),
        UPHOLD => Box::new(Uphold { sentence: "经复核，原决定认定的事实清楚，予以维持。".to_owned() }),
        REOPEN => Box::new(Reopen { sentence: "经复核，材料可以证明符合条件，重新审查。".to_owned() }),
        RATE => {
            let score = if serial.is_multiple_of(7) { 3 } else { 5 - serial % 2 };
            Box::new(Rate { score: score.to_string(), comment: "网上就能办，省事。".to_owned() })
        }
        plain => services::LIFE.plain_input(plain)?,
    })
}

/// A plain picture to upload, as PNG.
fn picture() -> Result<Bytes> {
    let picture = image::RgbImage::from_fn(150, 200, |x, y| {
        let shade = |n: u32| u8::try_from(160 + n / 4).unwrap_or(u8::MAX);
        image::Rgb([shade(x), shade(y), 210])
    });
    let mut png = Cursor::new(Vec::new());
    picture.write_to(&mut png, image::ImageFormat::Png).map_err(|e| Error::Broken(format!("picture: {e}")))?;
    Ok(png.into_inner().into())
}

/// Settles the notices of past cases: they stay in the inboxes, the older ones as read, and nothing is sent outside.
pub(super) async fn settle_notices(owner: &PgPool, numbers: &[String]) -> Result<()> {
    let mut tx = owner.begin().await.map_err(sql_error)?;
    let notices: Vec<Uuid> =
        sqlx::query_scalar("SELECT n.id FROM notice n JOIN cases c ON c.id = n.case_id WHERE c.number = ANY($1)")
            .bind(numbers)
            .fetch_all(&mut *tx)
            .await
            .map_err(sql_error)?;
    sqlx::query("UPDATE notice SET read_at = created_at WHERE id = ANY($1) AND created_at < now() - interval '3 days'")
        .bind(&notices)
        .execute(&mut *tx)
        .await
        .map_err(sql_error)?;
    let pages: Vec<Uuid> =
        sqlx::query_scalar("SELECT p.id FROM care_alert p JOIN cases c ON c.id = p.case_id WHERE c.number = ANY($1)")
            .bind(numbers)
            .fetch_all(&mut *tx)
            .await
            .map_err(sql_error)?;
    sqlx::query(
        "DELETE FROM graphile_worker._private_jobs j USING graphile_worker._private_tasks t
         WHERE t.id = j.task_id AND j.locked_at IS NULL
           AND (t.identifier = 'deliver' AND j.payload ->> 'notice' IN (SELECT n::text FROM unnest($1::uuid[]) n)
                OR t.identifier = 'alert' AND j.payload ->> 'alert' IN (SELECT n::text FROM unnest($2::uuid[]) n))",
    )
    .bind(&notices)
    .bind(&pages)
    .execute(&mut *tx)
    .await
    .map_err(sql_error)?;
    tx.commit().await.map_err(sql_error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::{population::Population, residents};
    use jiff::civil::date;

    #[test]
    fn every_plot_finds_its_people_over_all_departments() {
        let block = Population::default().next().unwrap().unwrap();
        let holders = residents::all(&block).unwrap();
        let plans = plans(&holders);
        assert_eq!(plans.len(), SCENARIOS.iter().map(|p| p.submitted_days_ago.len()).sum::<usize>());
        for script in SCRIPTED_ANSWERS {
            assert!(plans.iter().filter(|p| p.script.item == script.item).count() >= 15, "{}", script.item);
        }
        let districts: HashSet<_> = plans.iter().map(|p| p.holder.resident.home.district.code).collect();
        assert_eq!(districts.len(), 13);
        assert!(plans.iter().all(|p| p.holder.resident.name != PEOPLE[crate::seed::people::ELDER].name));
    }

    #[test]
    fn working_days_are_counted_back_over_holidays() {
        // 1 to 7 October 2026 and the weekend before are public holidays.
        assert_eq!(working_days_before(date(2026, 10, 8), 1), date(2026, 9, 30));
        assert_eq!(working_days_before(date(2026, 11, 23), 1), date(2026, 11, 20));
        assert_eq!(working_days_before(date(2026, 11, 23), 0), date(2026, 11, 23));
    }
}

//! The cases of the demo city: applications made and decided through the same doors as everybody's, with the city's
//! clock moved back to the days on which they happen.

use super::{
    answers::{self, WISHES, Wish},
    population::Block,
    residents::Holder,
    sql_error,
    staff::Member,
};
use crate::seed::{
    people::CAST,
    scenarios::{PLOTS, Plot, Who},
};
use crate::{
    AppState,
    account::actor::{Actor, Membership},
    cases::{Done, Request, perform},
    error::{Error, Result},
    services::{
        apply,
        draft::{self, Posted},
        files::{self, Target},
    },
    store::Now,
};
use crate::{cases::AnyInput, services};
use bytes::Bytes;
use jiff::{ToSpan, civil::Date};
use serde_json::json;
use shared::services::actions::{
    AskCorrection, Correct, NotAccept, Object, ProposeGrant, ProposeRefusal, Rate, Reopen, SendBack, Uphold,
};
use shared::{
    account::Role,
    cases::{Action, WorkCalendar},
    ids::{AccountId, OrganisationId},
    services::{
        Item, Kind,
        answers::is_at_or_below,
        life::{ASK_CORRECTION, CORRECT, NOT_ACCEPT, OBJECT, PROPOSE_GRANT, PROPOSE_REFUSAL, RATE, REOPEN, SEND_BACK, UPHOLD},
    },
};
use sqlx::PgPool;
use std::{collections::HashSet, io::Cursor};
use uuid::Uuid;

/// One case to be made.
pub(super) struct Plan<'a> {
    plot: &'static Plot,
    /// Working days ago.
    sent: u32,
    wish: &'static Wish,
    holder: &'a Holder,
}

/// The plans: each plot for somebody whom the wish suits and who has not applied for it, unless it may be had again.
pub(super) fn plans(holders: &[Holder]) -> Vec<Plan<'_>> {
    // The cast have nothing applied for, so that everything can be tried with them; a permit may be had twice.
    let others = || holders.iter().filter(|h| h.account.person.is_some() && !CAST.iter().any(|p| p.name == h.resident.name));
    let mut had: HashSet<(AccountId, &str)> = HashSet::new();
    let mut plans = Vec::new();
    // One case of each plot after the other, so that no plot is left without people at the end.
    let most = PLOTS.iter().map(|p| p.sent.len()).max().unwrap_or(0);
    let cases = (0..most).flat_map(|n| PLOTS.iter().filter_map(move |plot| Some((plot, *plot.sent.get(n)?))));
    for (turn, (plot, sent)) in cases.enumerate() {
        // The next wish in turn that somebody can have; the next somebody in turn.
        let found = (0..WISHES.len()).find_map(|next| {
            let wish = WISHES.get((turn + next) % WISHES.len())?;
            let free = |h: &&Holder| (wish.suits)(h.resident.age()) && !had.contains(&(h.account.id, wish.item));
            let free: Vec<&Holder> = others().filter(free).collect();
            let holder = free.get((turn / WISHES.len()) % free.len().max(1)).copied()?;
            Some((wish, holder))
        });
        let Some((wish, holder)) = found else { continue };
        if !wish.again {
            had.insert((holder.account.id, wish.item));
        }
        plans.push(Plan { plot, sent, wish, holder });
    }
    plans
}

/// What it takes to play.
struct Stage<'a> {
    owner: &'a PgPool,
    city: &'a AppState,
    staff: &'a [Member],
    block: &'a Block,
    now: Now,
    picture: Bytes,
}

/// Makes the cases that are missing; answers how many there are then.
pub(super) async fn write(owner: &PgPool, city: &AppState, staff: &[Member], holders: &[Holder], block: &Block) -> Result<usize> {
    let plans = plans(holders);
    let there: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM cases c JOIN account a ON a.id = c.applicant_id WHERE a.demo AND c.kind = 'application'",
    )
    .fetch_one(owner)
    .await
    .map_err(sql_error)?;
    let there = usize::try_from(there).unwrap_or(0);
    if there >= plans.len() {
        return Ok(there);
    }
    let now = city.store.read(&Actor::system(crate::Task::Operation)).await?.now().await?;
    let stage = Stage { owner, city, staff, block, now, picture: picture()? };
    let mut made = Vec::new();
    for (number, plan) in plans.iter().enumerate().skip(there) {
        let serial = u32::try_from(number).unwrap_or(0);
        made.push(
            stage.play(plan, serial).await.map_err(|e| Error::Broken(format!("demo case {number} ({}): {e}", plan.wish.item)))?,
        );
    }
    quiet(owner, &made).await?;
    Ok(plans.len())
}

impl Stage<'_> {
    async fn play(&self, plan: &Plan<'_>, serial: u32) -> Result<String> {
        let applicant = Actor { account: Some(plan.holder.account.id), person: plan.holder.account.person, ..Actor::default() };
        let mut time = Times { now: self.now, last: None, serial };
        let (mut done, item) = self.send(plan, &applicant, time.at(plan.sent), serial).await?;
        let organisation: Uuid = sqlx::query_scalar("SELECT organisation_id FROM cases WHERE number = $1")
            .bind(&done.number)
            .fetch_one(self.owner)
            .await
            .map_err(sql_error)?;
        for (step, (after, who, action)) in plan.plot.acts.iter().enumerate() {
            let actor = match who {
                Who::Applicant => applicant.clone(),
                Who::Caseworker => self.member(organisation.into(), Role::Caseworker, serial % 2).await?,
                Who::Supervisor => self.member(organisation.into(), Role::Supervisor, 0).await?,
                Who::OtherSupervisor => self.member(organisation.into(), Role::Supervisor, 1).await?,
            };
            let store = self.city.store.later(&time.at(plan.sent.saturating_sub(*after)));
            let input = input(*action, plan, &item, serial)?;
            let key = format!("demo-{serial}-{step}");
            let request = Request { number: &done.number, version: Some(done.version), key: &key, input: &*input };
            done = perform(&store, &actor, request).await?;
        }
        if done.state != plan.plot.ends.0 {
            return Err(Error::Broken(format!("it ends as {}, not as {}", done.state, plan.plot.ends.0)));
        }
        Ok(done.number)
    }

    /// Fills in and sends an application.
    async fn send(&self, plan: &Plan<'_>, applicant: &Actor, offset: String, serial: u32) -> Result<(Done, Item)> {
        let city = AppState { store: self.city.store.later(&offset), ..self.city.clone() };
        let id = draft::start(&city.store, applicant, plan.wish.item).await?;
        let view = draft::get(&city.store, applicant, id).await?;
        let answers = answers::fill(plan.wish, &view.item, &view.answers, &plan.holder.resident, self.block, serial);
        let typed =
            |field: &str| answers.iter().any(|(path, values)| is_at_or_below(path, field) && view.answers.all(path) != values);
        for page in view.item.form.pages.iter().filter(|p| p.fields.iter().any(|f| typed(&f.id))) {
            let posted = Posted { draft: id, page: &page.id, answers: &answers };
            draft::save_typed(&city.store, applicant, &posted).await?;
        }
        for shown in view.item.form.shown(&answers).iter().filter(|s| s.field.kind == Kind::File && s.field.required) {
            if view.uploads.iter().all(|u| u.field != shown.path) {
                let name = format!("{}.jpg", shown.field.id);
                files::attach(&city, applicant, Target::Draft(id), &shown.path, &name, self.picture.clone()).await?;
            }
        }
        let done = apply::submit(&city.store, applicant, id, &format!("demo-{serial}-submit")).await?;
        Ok((done, view.item))
    }

    /// The member of staff of an organisation in this role, by their place among those.
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

/// When things happen in a case.
struct Times {
    now: Now,
    last: Option<time::OffsetDateTime>,
    serial: u32,
}

impl Times {
    /// By how much the clock is moved for something that happens so many working days ago, in office hours, after what
    /// happened last and never in the future.
    fn at(&mut self, working_days_ago: u32) -> String {
        let day = crate::store::stored(back(self.now.today(), working_days_ago));
        let minutes = i64::from(self.serial.wrapping_mul(37) % 420);
        let opening = time::PrimitiveDateTime::new(day, time::Time::MIDNIGHT).assume_offset(time::UtcOffset::UTC);
        // 09:00 in China Standard Time is 01:00 UTC.
        let wanted = opening + time::Duration::hours(1) + time::Duration::minutes(minutes);
        let after = self.last.map_or(wanted, |last| wanted.max(last + time::Duration::minutes(11)));
        // Of what happens today, one thing comes after the other, up to now.
        let at = after.min(self.last.map_or(self.now.at - time::Duration::seconds(90), |last| last.max(self.now.at)));
        self.last = Some(at);
        format!("{} seconds", (at - self.now.at).whole_seconds())
    }
}

/// The day so many working days before; plain days where the calendar is not published.
fn back(today: Date, working_days: u32) -> Date {
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
fn input(action: Action, plan: &Plan<'_>, item: &Item, serial: u32) -> Result<Box<dyn AnyInput>> {
    let (path, note, answer) = plan.wish.correction;
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

/// A picture to upload: a plain one, as PNG.
fn picture() -> Result<Bytes> {
    let picture = image::RgbImage::from_fn(150, 200, |x, y| {
        let shade = |n: u32| u8::try_from(160 + n / 4).unwrap_or(u8::MAX);
        image::Rgb([shade(x), shade(y), 210])
    });
    let mut png = Cursor::new(Vec::new());
    picture.write_to(&mut png, image::ImageFormat::Png).map_err(|e| Error::Broken(format!("picture: {e}")))?;
    Ok(png.into_inner().into())
}

/// What happened weeks ago was told then: the notices of these cases stay in the inboxes, but nothing leaves the house,
/// and the older ones were read.
pub(super) async fn quiet(owner: &PgPool, numbers: &[String]) -> Result<()> {
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
        assert_eq!(plans.len(), PLOTS.iter().map(|p| p.sent.len()).sum::<usize>());
        for wish in WISHES {
            assert!(plans.iter().filter(|p| p.wish.item == wish.item).count() >= 15, "{}", wish.item);
        }
        let districts: HashSet<_> = plans.iter().map(|p| p.holder.resident.home.district.code).collect();
        assert_eq!(districts.len(), 13);
        assert!(plans.iter().all(|p| p.holder.resident.name != CAST[crate::seed::people::ELDER].name));
    }

    #[test]
    fn working_days_are_counted_back_over_holidays() {
        // 1 to 7 October 2026 and the weekend before are off.
        assert_eq!(back(date(2026, 10, 8), 1), date(2026, 9, 30));
        assert_eq!(back(date(2026, 11, 23), 1), date(2026, 11, 20));
        assert_eq!(back(date(2026, 11, 23), 0), date(2026, 11, 23));
    }
}

//! The past calls of the demo city: raised, escalated, answered and ended through the same doors as everybody's, with
//! the city's clock moved back to the moments at which it happens.

use super::{
    super::{id_of, organisations::DUTY_DESK, sql_error, staff::Member},
    elders::Elder,
};
use crate::seed::{
    care::scenarios::{PLOTS, Plot, Who},
    rng::Dice,
};
use crate::{
    Actor, AppState, Task,
    account::actor::Membership,
    care::{
        dispatch::suggest::suggest,
        escalation::engine,
        intake::raise::{Press, raise},
    },
    cases::{Request, find, perform},
    error::{Error, Result},
    seed::cases::quiet,
    store::{Now, new_id, stored},
};
use crate::{care, cases::AnyInput};
use shared::care::actions::{CallBack, CallOff, CallReopen, DeclineOffer, Dispatch, Merge, PressAgain, Resolve};
use shared::{
    account::Role,
    care::{
        life::{ANSWER, CALL_BACK, CALL_OFF, CALL_REOPEN, DECLINE_OFFER, DISPATCH, MERGE, PRESS_AGAIN, RESOLVE},
        press::PressBody,
        responder::Decline,
    },
    cases::Action,
    ids::{AccountId, CaseId, PressId},
};
use sqlx::PgPool;
use std::time::Instant;
use time::{Duration, OffsetDateTime, PrimitiveDateTime};
use uuid::Uuid;

/// How many responders are asked at once.
const ASKED: usize = 3;

/// One call to be made.
pub(super) struct Plan<'a> {
    plot: &'static Plot,
    /// When it is answered first, in seconds after the press.
    answer: u32,
    elder: Elder<'a>,
    /// Another elder of the same centre, whose call it goes on as part of.
    other: Option<Elder<'a>>,
    /// How many days ago, and at which second of the day.
    days_ago: u32,
    second: u32,
}

/// Seconds of a day: calls of the first half and of the second do not overlap.
const HALVES: [(u32, u32); 2] = [(20 * 60, 11 * 3600), (13 * 3600, 22 * 3600)];

/// The plans, the newest last: each plot for elders in turn, two calls a day.
pub(super) fn plans<'a>(elders: &[Elder<'a>]) -> Vec<Plan<'a>> {
    // Nothing has happened yet to the elder of the cast, so that everything can be tried with her.
    let others: Vec<&Elder<'a>> = elders.iter().filter(|e| !e.is_of_the_cast()).collect();
    // One call of each plot after the other, so that every plot happens early and late.
    let most = PLOTS.iter().map(|p| p.answers.len()).max().unwrap_or(0);
    let calls: Vec<(&Plot, u32)> =
        (0..most).flat_map(|n| PLOTS.iter().filter_map(move |plot| Some((plot, *plot.answers.get(n)?)))).collect();
    let days = calls.len().div_ceil(HALVES.len());
    let mut plans = Vec::new();
    for (turn, (plot, answer)) in calls.iter().enumerate() {
        let mut dice = Dice::new(u64::try_from(turn).unwrap_or(0) + 4_000_000_000);
        let Some(elder) = others.get((turn * 7) % others.len().max(1)) else { continue };
        let here = |e: &&&Elder<'a>| e.person() != elder.person() && e.district() == elder.district();
        let other = plot.acts.iter().any(|(.., action)| *action == MERGE).then(|| others.iter().find(here)).flatten();
        let (from, to) = HALVES.get(turn % HALVES.len()).copied().unwrap_or_default();
        plans.push(Plan {
            plot,
            answer: *answer,
            elder: **elder,
            other: other.map(|e| **e),
            days_ago: u32::try_from(days - turn / HALVES.len()).unwrap_or(1),
            second: dice.between(from, to),
        });
    }
    plans
}

/// Makes the calls that are missing; answers how many there are then.
pub(super) async fn write(owner: &PgPool, city: &AppState, staff: &[Member], elders: &[Elder<'_>]) -> Result<usize> {
    let plans = plans(elders);
    let all = plans.len() + plans.iter().filter(|p| p.other.is_some()).count();
    let ids: Vec<Uuid> = (0..plans.len()).map(|serial| press_id(serial).uuid()).collect();
    let there: i64 = sqlx::query_scalar("SELECT count(*) FROM care_press WHERE id = ANY($1)")
        .bind(&ids)
        .fetch_one(owner)
        .await
        .map_err(sql_error)?;
    let there = usize::try_from(there).unwrap_or(0);
    let now = city.store.read(&Actor::system(Task::Operation)).await?.now().await?;
    let stage = Stage { owner, city, staff, now, read: Instant::now() };
    let mut made = Vec::new();
    for (serial, plan) in plans.iter().enumerate().skip(there) {
        let told = |e| Error::Broken(format!("demo call {serial} ({}): {e}", plan.plot.ends.0));
        made.extend(stage.play(plan, serial).await.map_err(told)?);
    }
    quiet(owner, &made).await?;
    Ok(all)
}

fn press_id(serial: usize) -> PressId {
    id_of("care_press", &serial.to_string())
}

/// What it takes to play.
struct Stage<'a> {
    owner: &'a PgPool,
    city: &'a AppState,
    staff: &'a [Member],
    /// The city's clock, and when it was read.
    now: Now,
    read: Instant,
}

/// A call while it is played.
struct Played<'a> {
    number: String,
    case: CaseId,
    elder: &'a Elder<'a>,
    pressed_at: OffsetDateTime,
    /// Whom the dispatcher asked to go.
    asked: Vec<AccountId>,
    /// Makes its keys differ.
    key: String,
}

impl Stage<'_> {
    /// The city at a moment.
    fn at(&self, moment: OffsetDateTime) -> AppState {
        let elapsed = Duration::try_from(self.read.elapsed()).unwrap_or_default();
        let offset = (moment - self.now.at - elapsed).whole_milliseconds();
        AppState { store: self.city.store.with_clock_offset(&format!("{offset} milliseconds")), ..self.city.clone() }
    }

    async fn play(&self, plan: &Plan<'_>, serial: usize) -> Result<Vec<String>> {
        let pressed_at = self.moment(plan);
        let host = match &plan.other {
            Some(other) => {
                let before = pressed_at - Duration::seconds(50);
                let mut host = self.press(other, before, format!("demo-call-{serial}-host"), new_id()).await?;
                self.act(&mut host, 6, Who::Dispatcher, ANSWER, None).await?;
                self.act(&mut host, 30, Who::Dispatcher, CALL_BACK, None).await?;
                Some(host)
            }
            None => None,
        };
        let mut call = self.press(&plan.elder, pressed_at, format!("demo-call-{serial}"), press_id(serial)).await?;
        let mut state = String::new();
        for (after, who, action) in plan.plot.acts {
            let after = plan.answer + after;
            state = self.act(&mut call, after, *who, *action, host.as_ref()).await?;
        }
        if state != plan.plot.ends.0 {
            return Err(Error::Broken(format!("it ends as {state}")));
        }
        let mut made = vec![call.number];
        if let Some(mut host) = host {
            self.act(&mut host, 140, Who::Dispatcher, RESOLVE, None).await?;
            made.push(host.number);
        }
        Ok(made)
    }

    /// When the call of a plan is raised.
    fn moment(&self, plan: &Plan<'_>) -> OffsetDateTime {
        let today = stored(self.now.today());
        let midnight = PrimitiveDateTime::new(today, time::Time::MIDNIGHT).assume_offset(CHINA);
        midnight - Duration::days(i64::from(plan.days_ago)) + Duration::seconds(i64::from(plan.second))
    }

    /// Presses the button.
    async fn press<'e>(&self, elder: &'e Elder<'e>, at: OffsetDateTime, key: String, id: PressId) -> Result<Played<'e>> {
        let body = PressBody {
            id,
            secret: hex::encode(crate::vault::sha256(&[b"huimin.demo.press|", key.as_bytes()])),
            callback: None,
            words: None,
            fix: None,
            for_person: None,
        };
        let raised = raise(&self.at(at), Press { body, who: elder.caller() }).await?;
        Ok(Played { number: raised.number, case: raised.case, elder, pressed_at: at, asked: Vec::new(), key })
    }

    /// Lets the engine do what is due up to then, and somebody what they do; gives the state after it.
    async fn act(
        &self,
        call: &mut Played<'_>,
        after: u32,
        who: Who,
        action: Action,
        host: Option<&Played<'_>>,
    ) -> Result<String> {
        let at = call.pressed_at + Duration::seconds(i64::from(after));
        self.escalate(call.case, at).await?;
        let city = self.at(at);
        let actor = self.actor(call, who, at)?;
        if action == DISPATCH {
            let tx = city.store.read(&actor).await?;
            let case = find(&tx, &actor, &call.number).await?;
            call.asked = suggest(&tx, &actor, &case).await?.ranking.picks.iter().take(ASKED).map(|p| p.id).collect();
        }
        let (version,): (i32,) = sqlx::query_as("SELECT version FROM cases WHERE id = $1")
            .bind(call.case.uuid())
            .fetch_one(self.owner)
            .await
            .map_err(sql_error)?;
        let input = input(action, call, host)?;
        let key = format!("{}-{after}-{}", call.key, action.0);
        let request = Request { number: &call.number, version: Some(version), key: &key, input: &*input };
        let done = perform(&city.store, &actor, request).await.map_err(|e| Error::Broken(format!("{}: {e}", action.0)))?;
        Ok(done.state)
    }

    /// Every step that is due by then, each at its own moment.
    async fn escalate(&self, case: CaseId, until: OffsetDateTime) -> Result<()> {
        loop {
            let due: Option<OffsetDateTime> = sqlx::query_scalar("SELECT next_step_at FROM care_call WHERE case_id = $1")
                .bind(case.uuid())
                .fetch_one(self.owner)
                .await
                .map_err(sql_error)?;
            let Some(due) = due.filter(|due| *due <= until) else { return Ok(()) };
            engine::tick(&self.at(due + Duration::milliseconds(40))).await?;
        }
    }

    /// Who acts in a call at that moment.
    fn actor(&self, call: &Played<'_>, who: Who, at: OffsetDateTime) -> Result<Actor> {
        let member = match who {
            Who::Caller => return Ok(Actor::caller(call.elder.person(), call.elder.account)),
            // By the rota: the first by day, the second by night.
            Who::Dispatcher | Who::City => {
                let by_day = (7..19).contains(&at.to_offset(CHINA).hour());
                self.staff.iter().find(|m| {
                    let here = if who == Who::City {
                        m.organisation.code == DUTY_DESK
                    } else {
                        m.district_centre() == Some(call.elder.district())
                    };
                    here && m.role == Role::Dispatcher && (m.place == 0) == by_day
                })
            }
            Who::Responder(n) => call.asked.get(n).and_then(|asked| self.staff.iter().find(|m| m.account.id == *asked)),
        };
        let member = member.ok_or_else(|| Error::Broken(format!("{who:?} is nobody")))?;
        Ok(Actor {
            account: Some(member.account.id),
            memberships: vec![Membership { organisation: member.organisation.id, role: member.role }],
            second_factor: true,
            ..Actor::default()
        })
    }
}

/// China Standard Time, by which the rota goes.
const CHINA: time::UtcOffset = match time::UtcOffset::from_hms(8, 0, 0) {
    Ok(offset) => offset,
    Err(_) => time::UtcOffset::UTC,
};

/// The input of an action.
fn input(action: Action, call: &Played<'_>, host: Option<&Played<'_>>) -> Result<Box<dyn AnyInput>> {
    Ok(match action {
        CALL_BACK => Box::new(CallBack { reached: "yes".to_owned(), note: "已与本人通话，意识清楚。".to_owned() }),
        DISPATCH => Box::new(Dispatch { responders: call.asked.iter().map(ToString::to_string).collect() }),
        DECLINE_OFFER => Box::new(DeclineOffer { reason: Decline::Busy.code().to_owned() }),
        MERGE => Box::new(Merge { other: host.map(|h| h.number.clone()).unwrap_or_default() }),
        RESOLVE => Box::new(Resolve { sentence: "老人已得到帮助，情况平稳，家属已知悉。".to_owned() }),
        CALL_OFF => Box::new(CallOff { sentence: "本人确认误按，身体无碍，不需要上门。".to_owned() }),
        CALL_REOPEN => Box::new(CallReopen { sentence: "老人再次来电说不舒服，重新处理。".to_owned() }),
        PRESS_AGAIN => Box::new(PressAgain { source: "resident".to_owned(), for_other: false }),
        plain => care::LIFE.plain_input(plain)?,
    })
}

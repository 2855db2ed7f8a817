//! The past calls of the demo city: raised, escalated, answered and closed by the regular functions, with the city's clock
//! moved back to the moments at which they happen.

use super::{
    super::{
        cases::settle_notices,
        organisations::DUTY_DESK,
        rng::Rng,
        staff::StaffMember,
        support::{demo_id, sql_error},
    },
    elders::Elder,
    scenarios::{ActingParty, SCENARIOS, Scenario},
};
use crate::{
    Actor, AppState, Task,
    access::actor::Membership,
    care::{
        self,
        dispatch::suggest::suggest,
        escalation::engine,
        intake::raise::{Press, raise},
    },
    cases::{AnyInput, Request, find, perform},
    error::{Error, Result},
    store::{Now, new_id, to_db_date},
};
use shared::{
    account::Role,
    care::{
        actions::{CallBack, CallOff, CallReopen, DeclineOffer, Dispatch, Merge, PressAgain, Resolve},
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

/// The number of responders in a dispatch.
const DISPATCHED: usize = 3;

/// A call to be created.
pub(super) struct PlannedCall<'a> {
    scenario: &'static Scenario,
    /// Seconds from the press to the first answer.
    answer: u32,
    elder: Elder<'a>,
    /// Another elder of the same centre with whose call this one is merged.
    other: Option<Elder<'a>>,
    /// Days ago, and the second of that day.
    days_ago: u32,
    second: u32,
}

/// Ranges of seconds of the day, one per call of a day, so that calls do not overlap.
const CALL_TIMES: [(u32, u32); 2] = [(20 * 60, 11 * 3600), (13 * 3600, 22 * 3600)];

/// Assigns the scenarios to elders in turn, two calls per day; the newest call is the last.
pub(super) fn plans<'a>(elders: &[Elder<'a>]) -> Vec<PlannedCall<'a>> {
    // The named elder has no calls, so that everything can be tried with her.
    let others: Vec<&Elder<'a>> = elders.iter().filter(|e| !e.is_named()).collect();
    // One call of each scenario in turn, so that every scenario occurs early and late.
    let most = SCENARIOS.iter().map(|p| p.answer_seconds.len()).max().unwrap_or(0);
    let calls: Vec<(&Scenario, u32)> = (0..most)
        .flat_map(|n| SCENARIOS.iter().filter_map(move |scenario| Some((scenario, *scenario.answer_seconds.get(n)?))))
        .collect();
    let days = calls.len().div_ceil(CALL_TIMES.len());
    let mut plans = Vec::new();
    for (turn, (scenario, answer)) in calls.iter().enumerate() {
        let mut rng = Rng::new(u64::try_from(turn).unwrap_or(0) + 4_000_000_000);
        let Some(elder) = others.get((turn * 7) % others.len().max(1)) else { continue };
        let here = |e: &&&Elder<'a>| e.person() != elder.person() && e.district() == elder.district();
        let other = scenario.steps.iter().any(|(.., action)| *action == MERGE).then(|| others.iter().find(here)).flatten();
        let (from, to) = CALL_TIMES.get(turn % CALL_TIMES.len()).copied().unwrap_or_default();
        plans.push(PlannedCall {
            scenario,
            answer: *answer,
            elder: **elder,
            other: other.map(|e| **e),
            days_ago: u32::try_from(days - turn / CALL_TIMES.len()).unwrap_or(1),
            second: rng.between(from, to),
        });
    }
    plans
}

/// Creates the missing calls. Returns the total number of calls.
pub(super) async fn write(owner: &PgPool, state: &AppState, staff: &[StaffMember], elders: &[Elder<'_>]) -> Result<usize> {
    let plans = plans(elders);
    let all = plans.len() + plans.iter().filter(|p| p.other.is_some()).count();
    let ids: Vec<Uuid> = (0..plans.len()).map(|serial| press_id(serial).uuid()).collect();
    let existing: i64 = sqlx::query_scalar("SELECT count(*) FROM care_press WHERE id = ANY($1)")
        .bind(&ids)
        .fetch_one(owner)
        .await
        .map_err(sql_error)?;
    let existing = usize::try_from(existing).unwrap_or(0);
    let now = state.store.read(&Actor::system(Task::Operation)).await?.now().await?;
    let runner = ScenarioRunner { owner, state, staff, now, read: Instant::now() };
    let mut made = Vec::new();
    for (serial, plan) in plans.iter().enumerate().skip(existing) {
        let with_call = |e| Error::Broken(format!("demo call {serial} ({}): {e}", plan.scenario.final_state.0));
        made.extend(runner.run(plan, serial).await.map_err(with_call)?);
    }
    settle_notices(owner, &made).await?;
    Ok(all)
}

fn press_id(serial: usize) -> PressId {
    demo_id("care_press", &serial.to_string())
}

/// Everything needed to run scenarios.
struct ScenarioRunner<'a> {
    owner: &'a PgPool,
    state: &'a AppState,
    staff: &'a [StaffMember],
    /// The city's clock, and the moment it was read.
    now: Now,
    read: Instant,
}

/// A call whose scenario is running.
struct RunningCall<'a> {
    number: String,
    case: CaseId,
    elder: &'a Elder<'a>,
    pressed_at: OffsetDateTime,
    /// The responders in the dispatch.
    dispatched: Vec<AccountId>,
    /// The prefix of its idempotency keys.
    key: String,
}

impl ScenarioRunner<'_> {
    /// The application state with the city's clock at a moment.
    fn state_at(&self, moment: OffsetDateTime) -> AppState {
        let elapsed = Duration::try_from(self.read.elapsed()).unwrap_or_default();
        let offset = (moment - self.now.at - elapsed).whole_milliseconds();
        AppState { store: self.state.store.with_clock_offset(&format!("{offset} milliseconds")), ..self.state.clone() }
    }

    async fn run(&self, plan: &PlannedCall<'_>, serial: usize) -> Result<Vec<String>> {
        let pressed_at = self.press_time(plan);
        let host = match &plan.other {
            Some(other) => {
                let before = pressed_at - Duration::seconds(50);
                let mut host = self.press(other, before, format!("demo-call-{serial}-host"), new_id()).await?;
                self.act(&mut host, 6, ActingParty::Dispatcher, ANSWER, None).await?;
                self.act(&mut host, 30, ActingParty::Dispatcher, CALL_BACK, None).await?;
                Some(host)
            }
            None => None,
        };
        let mut call = self.press(&plan.elder, pressed_at, format!("demo-call-{serial}"), press_id(serial)).await?;
        let mut state = String::new();
        for (after, who, action) in plan.scenario.steps {
            let after = plan.answer + after;
            state = self.act(&mut call, after, *who, *action, host.as_ref()).await?;
        }
        if state != plan.scenario.final_state.0 {
            return Err(Error::Broken(format!("it ends as {state}")));
        }
        let mut made = vec![call.number];
        if let Some(mut host) = host {
            self.act(&mut host, 140, ActingParty::Dispatcher, RESOLVE, None).await?;
            made.push(host.number);
        }
        Ok(made)
    }

    /// The moment at which a planned call is raised.
    fn press_time(&self, plan: &PlannedCall<'_>) -> OffsetDateTime {
        let today = to_db_date(self.now.today());
        let midnight = PrimitiveDateTime::new(today, time::Time::MIDNIGHT).assume_offset(CHINA);
        midnight - Duration::days(i64::from(plan.days_ago)) + Duration::seconds(i64::from(plan.second))
    }

    /// Presses the call button.
    async fn press<'e>(&self, elder: &'e Elder<'e>, at: OffsetDateTime, key: String, id: PressId) -> Result<RunningCall<'e>> {
        let body = PressBody {
            id,
            secret: hex::encode(crate::vault::sha256(&[b"huimin.demo.press|", key.as_bytes()])),
            callback: None,
            words: None,
            fix: None,
            for_person: None,
        };
        let raised = raise(&self.state_at(at), Press { body, who: elder.caller() }).await?;
        Ok(RunningCall { number: raised.number, case: raised.case, elder, pressed_at: at, dispatched: Vec::new(), key })
    }

    /// Runs the escalation steps that are due before an action and performs it. Returns the state after it.
    async fn act(
        &self,
        call: &mut RunningCall<'_>,
        after: u32,
        who: ActingParty,
        action: Action,
        host: Option<&RunningCall<'_>>,
    ) -> Result<String> {
        let at = call.pressed_at + Duration::seconds(i64::from(after));
        self.escalate(call.case, at).await?;
        let state = self.state_at(at);
        let actor = self.actor(call, who, at)?;
        if action == DISPATCH {
            let tx = state.store.read(&actor).await?;
            let case = find(&tx, &actor, &call.number).await?;
            call.dispatched = suggest(&tx, &actor, &case).await?.ranking.picks.iter().take(DISPATCHED).map(|p| p.id).collect();
        }
        let (version,): (i32,) = sqlx::query_as("SELECT version FROM cases WHERE id = $1")
            .bind(call.case.uuid())
            .fetch_one(self.owner)
            .await
            .map_err(sql_error)?;
        let input = input(action, call, host)?;
        let key = format!("{}-{after}-{}", call.key, action.0);
        let request = Request { number: &call.number, version: Some(version), key: &key, input: &*input };
        let done = perform(&state.store, &actor, request).await.map_err(|e| Error::Broken(format!("{}: {e}", action.0)))?;
        Ok(done.state)
    }

    /// Runs every escalation step that is due until then, each at its own moment.
    async fn escalate(&self, case: CaseId, until: OffsetDateTime) -> Result<()> {
        loop {
            let due: Option<OffsetDateTime> = sqlx::query_scalar("SELECT next_step_at FROM care_call WHERE case_id = $1")
                .bind(case.uuid())
                .fetch_one(self.owner)
                .await
                .map_err(sql_error)?;
            let Some(due) = due.filter(|due| *due <= until) else { return Ok(()) };
            engine::tick(&self.state_at(due + Duration::milliseconds(40))).await?;
        }
    }

    /// The actor of a step.
    fn actor(&self, call: &RunningCall<'_>, who: ActingParty, at: OffsetDateTime) -> Result<Actor> {
        let member = match who {
            ActingParty::Caller => return Ok(Actor::caller(call.elder.person(), call.elder.account)),
            // By the rota: the first dispatcher by day, the second by night.
            ActingParty::Dispatcher | ActingParty::City => {
                let by_day = (7..19).contains(&at.to_offset(CHINA).hour());
                self.staff.iter().find(|m| {
                    let here = if who == ActingParty::City {
                        m.organisation.code == DUTY_DESK
                    } else {
                        m.district_centre() == Some(call.elder.district())
                    };
                    here && m.role == Role::Dispatcher && (m.place == 0) == by_day
                })
            }
            ActingParty::Responder(n) => {
                call.dispatched.get(n).and_then(|dispatched| self.staff.iter().find(|m| m.account.id == *dispatched))
            }
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

/// China Standard Time, the time zone of the rota.
const CHINA: time::UtcOffset = match time::UtcOffset::from_hms(8, 0, 0) {
    Ok(offset) => offset,
    Err(_) => time::UtcOffset::UTC,
};

/// The input of an action.
fn input(action: Action, call: &RunningCall<'_>, host: Option<&RunningCall<'_>>) -> Result<Box<dyn AnyInput>> {
    Ok(match action {
        CALL_BACK => Box::new(CallBack { reached: "yes".to_owned(), note: "已与本人通话，意识清楚。".to_owned() }),
        DISPATCH => Box::new(Dispatch { responders: call.dispatched.iter().map(ToString::to_string).collect() }),
        DECLINE_OFFER => Box::new(DeclineOffer { reason: Decline::Busy.code().to_owned() }),
        MERGE => Box::new(Merge { other: host.map(|h| h.number.clone()).unwrap_or_default() }),
        RESOLVE => Box::new(Resolve { sentence: "老人已得到帮助，情况平稳，家属已知悉。".to_owned() }),
        CALL_OFF => Box::new(CallOff { sentence: "本人确认误按，身体无碍，不需要上门。".to_owned() }),
        CALL_REOPEN => Box::new(CallReopen { sentence: "老人再次来电说不舒服，重新处理。".to_owned() }),
        PRESS_AGAIN => Box::new(PressAgain { source: "resident".to_owned(), for_other: false }),
        plain => care::LIFE.plain_input(plain)?,
    })
}

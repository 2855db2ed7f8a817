//! Tests mandates: acting for relatives with their consent, until a date, visible to both.

use super::fixture::{AccountFixture, Registered, birthday, digits, field_error, on_field, problem, signed_in};
use jiff::{ToSpan, civil::Date};
use server::{
    Actor, AppState,
    account::mandates::{self, MandateState},
};
use shared::{
    FieldErrorKind, Lang, Problem,
    ids::{MandateId, PersonId},
};

struct Family {
    fixture: AccountFixture,
    mother: Registered,
    daughter: Registered,
    me: Actor,
    today: Date,
}

async fn family() -> Family {
    let fixture = AccountFixture::new().await;
    let mother = fixture.register("陈桂英", birthday(), 2, ("1", "户主")).await;
    let daughter = fixture.register("王秀兰", birthday(), 4, ("2", "户主")).await;
    fixture.parent_of(&mother, &daughter).await;
    let me = fixture.verified(&daughter).await;
    let today = fixture.state.store.read(&me).await.unwrap().now().await.unwrap().today();
    Family { fixture, mother, daughter, me, today }
}

impl Family {
    async fn ask(&self, person: &Registered, until: Date) -> server::Result<MandateId> {
        mandates::request(&self.fixture.state, &self.me, person.name, person.id.as_str(), until, Lang::Zh).await
    }

    async fn granted(&self) -> MandateId {
        let id = self.ask(&self.mother, self.today.saturating_add(30.days())).await.unwrap();
        let code = digits(&code_part(&self.fixture.last_to(&self.mother.phone).await));
        mandates::confirm(&self.fixture.state, &self.me, id, &code).await.unwrap();
        id
    }

    async fn acts_for(&self, city: &AppState, person: PersonId) -> Option<PersonId> {
        let seen = self.fixture.presence(city, self.me.account.unwrap(), Some(person), false).await;
        seen.unwrap().actor.acting_for
    }
}

/// The text from the code on; the date before it contains digits, too.
fn code_part(text: &str) -> String {
    text.split_once("验证码 ").expect("a code").1.to_owned()
}

#[tokio::test]
async fn mandate_is_in_force_after_the_represented_person_confirms() {
    let f = family().await;
    let until = f.today.saturating_add(30.days());
    let id = f.ask(&f.mother, until).await.unwrap();
    let message = f.fixture.last_to(&f.mother.phone).await;
    assert!(message.contains(f.daughter.name) && message.contains(&until.to_string()), "{message}");

    let pending = mandates::list(&f.fixture.state, &f.me).await.unwrap().i_act_for.remove(0);
    assert_eq!((pending.state, pending.name.as_str(), pending.relation.code()), (MandateState::Pending, "陈**", "child"));
    assert_eq!(problem(mandates::act_as(&f.fixture.state, &f.me, Some(pending.person)).await), Problem::Forbidden);

    let code = digits(&code_part(&message));
    let wrong = if code == "000000" { "000001" } else { "000000" };
    let answer = mandates::confirm(&f.fixture.state, &f.me, id, wrong).await;
    assert_eq!(field_error(answer), on_field("code", FieldErrorKind::CodeWrong));
    let stranger = signed_in(f.fixture.account("12900000088").await);
    assert_eq!(problem(mandates::confirm(&f.fixture.state, &stranger, id, &code).await), Problem::NotFound);
    mandates::confirm(&f.fixture.state, &f.me, id, &code).await.unwrap();
    let again = mandates::confirm(&f.fixture.state, &f.me, id, &code).await;
    assert_eq!(field_error(again), on_field("code", FieldErrorKind::CodeExpired));

    let mine = mandates::list(&f.fixture.state, &f.me).await.unwrap().i_act_for.remove(0);
    assert_eq!((mine.state, mine.name.as_str(), mine.until), (MandateState::InForce, "陈桂英", until));
    assert_eq!(mandates::act_as(&f.fixture.state, &f.me, Some(mine.person)).await.unwrap(), Some(mine.person));
    assert_eq!(mandates::act_as(&f.fixture.state, &f.me, None).await.unwrap(), None);
    assert_eq!(f.acts_for(&f.fixture.state, mine.person).await, Some(mine.person));
    assert_eq!(f.fixture.count("SELECT count(*) FROM notice WHERE kind = 'mandate_given'").await, 1);
    assert_eq!(problem(mandates::act_as(&f.fixture.state, &stranger, Some(mine.person)).await), Problem::Forbidden);
    assert!(mandates::list(&f.fixture.state, &stranger).await.unwrap().i_act_for.is_empty());
}

#[tokio::test]
async fn mandate_ends_after_its_last_day() {
    let f = family().await;
    f.granted().await;
    let person = mandates::list(&f.fixture.state, &f.me).await.unwrap().i_act_for.remove(0).person;
    assert_eq!(f.acts_for(&f.fixture.with_clock_offset("30 days"), person).await, Some(person));
    let after = f.fixture.with_clock_offset("31 days");
    assert_eq!(f.acts_for(&after, person).await, None);
    assert_eq!(problem(mandates::act_as(&after, &f.me, Some(person)).await), Problem::Forbidden);
    assert_eq!(mandates::list(&after, &f.me).await.unwrap().i_act_for.remove(0).state, MandateState::Ended);
}

#[tokio::test]
async fn represented_person_sees_and_revokes_a_mandate() {
    let f = family().await;
    let mother = f.fixture.verified(&f.mother).await;
    let id = f.granted().await;
    assert_eq!(f.fixture.count("SELECT count(*) FROM notice WHERE kind = 'mandate_given'").await, 2);
    let list = mandates::list(&f.fixture.state, &mother).await.unwrap();
    assert_eq!((list.act_for_me[0].name.as_str(), list.i_act_for.len()), ("王秀兰", 0));
    mandates::revoke(&f.fixture.state, &mother, id).await.unwrap();
    assert_eq!(problem(mandates::revoke(&f.fixture.state, &mother, id).await), Problem::NotFound);
    assert_eq!(f.acts_for(&f.fixture.state, mother.person.unwrap()).await, None);
    assert_eq!(f.fixture.count("SELECT count(*) FROM notice WHERE kind = 'mandate_revoked'").await, 2);
    let with_names = "SELECT count(*) FROM notice WHERE facts::text LIKE '%陈%' OR facts::text LIKE '%王%'";
    assert_eq!(f.fixture.count(with_names).await, 0, "notices carry no names");
}

#[tokio::test]
async fn mandate_for_an_unrelated_person_is_rejected() {
    let f = family().await;
    let stranger = f.fixture.register("刘洋", birthday(), 5, ("3", "户主")).await;
    let answer = f.ask(&stranger, f.today).await;
    assert_eq!(field_error(answer), on_field("resident_id", FieldErrorKind::NotRelated));
    assert_eq!(field_error(f.ask(&f.daughter, f.today).await), on_field("resident_id", FieldErrorKind::NotRelated));
    let wrong_name = Registered { name: "陈桂花", ..f.mother.clone() };
    assert_eq!(field_error(f.ask(&wrong_name, f.today).await), on_field("resident_id", FieldErrorKind::NotInRegister));
    let too_long = f.ask(&f.mother, f.today.saturating_add(1.year()).tomorrow().unwrap()).await;
    assert!(matches!(field_error(too_long).1, FieldErrorKind::DateAfter { .. }));
    assert!(matches!(field_error(f.ask(&f.mother, f.today.yesterday().unwrap()).await).1, FieldErrorKind::DateBefore { .. }));
    assert_eq!(f.fixture.outbox().await.len(), 1, "no other person received a message");

    let unverified_actor = signed_in(f.fixture.account("12900000088").await);
    let unverified =
        mandates::request(&f.fixture.state, &unverified_actor, f.mother.name, f.mother.id.as_str(), f.today, Lang::Zh).await;
    assert_eq!(problem(unverified), Problem::RealNameFirst);
}

#[tokio::test]
async fn spouses_in_one_household_are_related_but_lodgers_are_not() {
    let f = family().await;
    let husband = f.fixture.register("张伟", birthday(), 7, ("2", "配偶")).await;
    let lodger = f.fixture.register("周敏", birthday(), 8, ("2", "其他")).await;
    assert_eq!(field_error(f.ask(&lodger, f.today).await), on_field("resident_id", FieldErrorKind::NotRelated));
    f.ask(&husband, f.today).await.unwrap();
    assert_eq!(mandates::list(&f.fixture.state, &f.me).await.unwrap().i_act_for.remove(0).relation.code(), "spouse");
}

#[tokio::test]
async fn confirmation_code_is_valid_for_ten_minutes_and_five_attempts() {
    let f = family().await;
    let id = f.ask(&f.mother, f.today).await.unwrap();
    let code = digits(&code_part(&f.fixture.last_to(&f.mother.phone).await));
    let late = mandates::confirm(&f.fixture.with_clock_offset("11 minutes"), &f.me, id, &code).await;
    assert_eq!(field_error(late), on_field("code", FieldErrorKind::CodeExpired));
    let wrong = if code == "000000" { "000001" } else { "000000" };
    for _ in 0..5 {
        field_error(mandates::confirm(&f.fixture.state, &f.me, id, wrong).await);
    }
    let spent = mandates::confirm(&f.fixture.state, &f.me, id, &code).await;
    assert_eq!(field_error(spent), on_field("code", FieldErrorKind::CodeExpired));
}

#[tokio::test]
async fn mandate_without_a_registered_phone_is_rejected() {
    let f = family().await;
    sqlx::query("UPDATE register.person SET phone_sealed = NULL").execute(&f.fixture.db.owner).await.unwrap();
    assert_eq!(field_error(f.ask(&f.mother, f.today).await), on_field("resident_id", FieldErrorKind::NoRegisteredPhone));
}

//! Mandates: for relatives, with their consent, until a date, seen by both.

use super::fixture::{AccountFixture, Registered, about, birthday, complaint, digits, problem, signed_in};
use jiff::{ToSpan, civil::Date};
use server::{
    Actor, AppState,
    account::mandates::{self, MandateState},
};
use shared::{
    Complaint, Lang, Problem,
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
    let today = fixture.city.store.read(&me).await.unwrap().now().await.unwrap().today();
    Family { fixture, mother, daughter, me, today }
}

impl Family {
    async fn ask(&self, whom: &Registered, until: Date) -> server::Result<MandateId> {
        mandates::request(&self.fixture.city, &self.me, whom.name, whom.id.as_str(), until, Lang::Zh).await
    }

    async fn granted(&self) -> MandateId {
        let id = self.ask(&self.mother, self.today.saturating_add(30.days())).await.unwrap();
        let code = digits(&code_part(&self.fixture.last_to(&self.mother.phone).await));
        mandates::confirm(&self.fixture.city, &self.me, id, &code).await.unwrap();
        id
    }

    async fn acts_for(&self, city: &AppState, person: PersonId) -> Option<PersonId> {
        let seen = self.fixture.presence(city, self.me.account.unwrap(), Some(person), false).await;
        seen.unwrap().actor.acting_for
    }
}

/// The text from the code on: the date before it has digits of its own.
fn code_part(text: &str) -> String {
    text.split_once("验证码 ").expect("a code").1.to_owned()
}

#[tokio::test]
async fn a_daughter_acts_for_her_mother_once_she_agrees() {
    let f = family().await;
    let until = f.today.saturating_add(30.days());
    let id = f.ask(&f.mother, until).await.unwrap();
    let message = f.fixture.last_to(&f.mother.phone).await;
    assert!(message.contains(f.daughter.name) && message.contains(&until.to_string()), "{message}");

    let pending = mandates::list(&f.fixture.city, &f.me).await.unwrap().i_act_for.remove(0);
    assert_eq!((pending.state, pending.name.as_str(), pending.relation.code()), (MandateState::Pending, "陈**", "child"));
    assert_eq!(problem(mandates::act_as(&f.fixture.city, &f.me, Some(pending.person)).await), Problem::Forbidden);

    let code = digits(&code_part(&message));
    let wrong = if code == "000000" { "000001" } else { "000000" };
    let answer = mandates::confirm(&f.fixture.city, &f.me, id, wrong).await;
    assert_eq!(complaint(answer), about("code", Complaint::CodeWrong));
    let stranger = signed_in(f.fixture.account("12900000088").await);
    assert_eq!(problem(mandates::confirm(&f.fixture.city, &stranger, id, &code).await), Problem::NotFound);
    mandates::confirm(&f.fixture.city, &f.me, id, &code).await.unwrap();
    let again = mandates::confirm(&f.fixture.city, &f.me, id, &code).await;
    assert_eq!(complaint(again), about("code", Complaint::CodeExpired));

    let mine = mandates::list(&f.fixture.city, &f.me).await.unwrap().i_act_for.remove(0);
    assert_eq!((mine.state, mine.name.as_str(), mine.until), (MandateState::InForce, "陈桂英", until));
    assert_eq!(mandates::act_as(&f.fixture.city, &f.me, Some(mine.person)).await.unwrap(), Some(mine.person));
    assert_eq!(mandates::act_as(&f.fixture.city, &f.me, None).await.unwrap(), None);
    assert_eq!(f.acts_for(&f.fixture.city, mine.person).await, Some(mine.person));
    assert_eq!(f.fixture.count("SELECT count(*) FROM notice WHERE kind = 'mandate_given'").await, 1);
    assert_eq!(problem(mandates::act_as(&f.fixture.city, &stranger, Some(mine.person)).await), Problem::Forbidden);
    assert!(mandates::list(&f.fixture.city, &stranger).await.unwrap().i_act_for.is_empty());
}

#[tokio::test]
async fn a_mandate_ends_with_its_last_day() {
    let f = family().await;
    f.granted().await;
    let person = mandates::list(&f.fixture.city, &f.me).await.unwrap().i_act_for.remove(0).person;
    assert_eq!(f.acts_for(&f.fixture.later("30 days"), person).await, Some(person));
    let after = f.fixture.later("31 days");
    assert_eq!(f.acts_for(&after, person).await, None);
    assert_eq!(problem(mandates::act_as(&after, &f.me, Some(person)).await), Problem::Forbidden);
    assert_eq!(mandates::list(&after, &f.me).await.unwrap().i_act_for.remove(0).state, MandateState::Ended);
}

#[tokio::test]
async fn the_mother_sees_it_and_ends_it() {
    let f = family().await;
    let mother = f.fixture.verified(&f.mother).await;
    let id = f.granted().await;
    assert_eq!(f.fixture.count("SELECT count(*) FROM notice WHERE kind = 'mandate_given'").await, 2);
    let hers = mandates::list(&f.fixture.city, &mother).await.unwrap();
    assert_eq!((hers.act_for_me[0].name.as_str(), hers.i_act_for.len()), ("王秀兰", 0));
    mandates::revoke(&f.fixture.city, &mother, id).await.unwrap();
    assert_eq!(problem(mandates::revoke(&f.fixture.city, &mother, id).await), Problem::NotFound);
    assert_eq!(f.acts_for(&f.fixture.city, mother.person.unwrap()).await, None);
    assert_eq!(f.fixture.count("SELECT count(*) FROM notice WHERE kind = 'mandate_revoked'").await, 2);
    let told = "SELECT count(*) FROM notice WHERE facts::text LIKE '%陈%' OR facts::text LIKE '%王%'";
    assert_eq!(f.fixture.count(told).await, 0, "notices carry no names");
}

#[tokio::test]
async fn strangers_and_friends_are_refused() {
    let f = family().await;
    let stranger = f.fixture.register("刘洋", birthday(), 5, ("3", "户主")).await;
    let answer = f.ask(&stranger, f.today).await;
    assert_eq!(complaint(answer), about("resident_id", Complaint::NotRelated));
    assert_eq!(complaint(f.ask(&f.daughter, f.today).await), about("resident_id", Complaint::NotRelated));
    let misnamed = Registered { name: "陈桂花", ..f.mother.clone() };
    assert_eq!(complaint(f.ask(&misnamed, f.today).await), about("resident_id", Complaint::NotInRegister));
    let too_long = f.ask(&f.mother, f.today.saturating_add(1.year()).tomorrow().unwrap()).await;
    assert!(matches!(complaint(too_long).1, Complaint::DateAfter { .. }));
    assert!(matches!(complaint(f.ask(&f.mother, f.today.yesterday().unwrap()).await).1, Complaint::DateBefore { .. }));
    assert_eq!(f.fixture.outbox().await.len(), 1, "no other person received a message");

    let nobody = signed_in(f.fixture.account("12900000088").await);
    let unverified = mandates::request(&f.fixture.city, &nobody, f.mother.name, f.mother.id.as_str(), f.today, Lang::Zh).await;
    assert_eq!(problem(unverified), Problem::RealNameFirst);
}

#[tokio::test]
async fn a_couple_in_one_household_is_related_and_others_in_it_are_not() {
    let f = family().await;
    let husband = f.fixture.register("张伟", birthday(), 7, ("2", "配偶")).await;
    let lodger = f.fixture.register("周敏", birthday(), 8, ("2", "其他")).await;
    assert_eq!(complaint(f.ask(&lodger, f.today).await), about("resident_id", Complaint::NotRelated));
    f.ask(&husband, f.today).await.unwrap();
    assert_eq!(mandates::list(&f.fixture.city, &f.me).await.unwrap().i_act_for.remove(0).relation.code(), "spouse");
}

#[tokio::test]
async fn a_code_is_good_for_ten_minutes_and_five_tries() {
    let f = family().await;
    let id = f.ask(&f.mother, f.today).await.unwrap();
    let code = digits(&code_part(&f.fixture.last_to(&f.mother.phone).await));
    let late = mandates::confirm(&f.fixture.later("11 minutes"), &f.me, id, &code).await;
    assert_eq!(complaint(late), about("code", Complaint::CodeExpired));
    let wrong = if code == "000000" { "000001" } else { "000000" };
    for _ in 0..5 {
        complaint(mandates::confirm(&f.fixture.city, &f.me, id, wrong).await);
    }
    let spent = mandates::confirm(&f.fixture.city, &f.me, id, &code).await;
    assert_eq!(complaint(spent), about("code", Complaint::CodeExpired));
}

#[tokio::test]
async fn without_a_registered_phone_nobody_can_agree() {
    let f = family().await;
    sqlx::query("UPDATE register.person SET phone_sealed = NULL").execute(&f.fixture.db.owner).await.unwrap();
    assert_eq!(complaint(f.ask(&f.mother, f.today).await), about("resident_id", Complaint::NoRegisteredPhone));
}

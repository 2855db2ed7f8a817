//! The elders of the demo city: their care profiles, emergency contacts and call buttons.

use super::{
    super::{
        block::{Block, REFERENCE, Resident},
        names, people,
        residents::{self, AccountHolder},
        rng::Rng,
        support::demo_id,
    },
    centres,
    positions::random_position,
};
use crate::{
    Actor, AppState, Task,
    care::{
        entity::{care_contact, care_profile},
        intake::{
            credential::{self, BUTTON_DAYS, Device, DeviceKind},
            raise::Caller,
        },
    },
    error::Result,
    store::Tx,
    vault::{PersonKey, Vault, sha256},
};
use jiff::tz::TimeZone;
use sea_orm::{ActiveValue::Set, EntityTrait, QuerySelect, raw_sql, sea_query::OnConflict};
use shared::{
    account::{Sex, demo},
    care::{
        geo::Fix,
        profile::{Contact, Profile},
    },
    ids::{AccountId, ContactId, DeviceId, PersonId},
    registry::status::ResidentStatus,
};
use sqlx::PgConnection;

/// An elder with a care profile.
#[derive(Clone, Copy, Debug)]
pub(super) struct Elder<'a> {
    pub(super) resident: &'a Resident,
    /// Their account, if they have one.
    pub(super) account: Option<AccountId>,
    /// Their index in the block.
    place: usize,
    block: &'a Block,
    holders: &'a [AccountHolder],
}

impl Elder<'_> {
    /// The id of their person.
    pub(super) fn person(&self) -> PersonId {
        residents::person_of(self.resident)
    }

    /// The code of the district where they live.
    pub(super) fn district(&self) -> &'static str {
        self.resident.home.district.code
    }

    /// Whether they are one of the named people.
    pub(super) fn is_named(&self) -> bool {
        self.place < people::PEOPLE.len()
    }

    /// The id of the call button of an elder without an account.
    fn device(&self) -> DeviceId {
        demo_id("care_device", self.resident.id.as_str())
    }

    /// The caller: by their account, else by their call button.
    pub(super) fn caller(&self) -> Caller {
        let person = self.person();
        match self.account {
            Some(account) => Caller::Signed(Actor { account: Some(account), person: Some(person), ..Actor::default() }),
            None => Caller::Button { device: Device { id: self.device(), person, account: None, kind: DeviceKind::Button } },
        }
    }
}

/// The number of elders per district who have a profile but no account.
const ELDERS_WITHOUT_ACCOUNT: usize = 3;

/// Those with an account first, in the order of the accounts, then the others by district.
pub(super) fn all<'a>(holders: &'a [AccountHolder], block: &'a Block) -> Vec<Elder<'a>> {
    let held = |r: &Resident| holders.iter().find(|h| h.resident.id.as_str() == r.id.as_str());
    let old = || block.residents.iter().enumerate().filter(|(_, r)| r.status == ResidentStatus::Alive && r.age() >= 75);
    let elder = |(place, resident): (usize, &'a Resident), holder: Option<&AccountHolder>| Elder {
        resident,
        account: holder.map(|h| h.account.id),
        place,
        block,
        holders,
    };
    let mut all: Vec<Elder<'a>> = holders
        .iter()
        .filter(|h| h.account.person.is_some())
        .filter_map(|h| Some(elder(old().find(|(_, r)| r.id.as_str() == h.resident.id.as_str())?, Some(h))))
        .collect();
    for centre in centres::CENTRES {
        let here = old().filter(|(_, r)| r.home.district.code == centre.district && held(r).is_none());
        all.extend(here.take(ELDERS_WITHOUT_ACCOUNT).map(|found| elder(found, None)));
    }
    all
}

/// Conditions, each with its medication.
#[rustfmt::skip]
const CONDITIONS: &[(&str, &str)] = &[
    ("高血压", "苯磺酸氨氯地平 5 mg，每日一次"),
    ("2 型糖尿病", "二甲双胍 0.5 g，每日两次，随餐"),
    ("冠心病，2019 年放过支架", "阿司匹林 100 mg，每日一次；硝酸甘油片随身"),
    ("慢性阻塞性肺病", "噻托溴铵吸入剂，每日一次"),
    ("骨质疏松，2023 年髋部骨折手术", "碳酸钙 D3，每日一次"),
    ("帕金森病", "多巴丝肼，每日三次"),
    ("脑卒中后左侧肢体无力", "氯吡格雷 75 mg，每日一次"),
    ("轻度认知障碍，有时不记得地址", "无固定用药"),
    ("心房颤动", "利伐沙班 15 mg，每日一次，容易出血"),
];
const ALLERGIES: &[&str] = &["无", "无", "无", "青霉素", "磺胺类药物", "头孢类药物", "碘造影剂"];
const MOBILITY: &[&str] = &["可自行行走", "可自行行走，上下楼需扶手", "拄拐行走", "用助行器", "坐轮椅，需两人搬抬"];
const KEYS: &[&str] = &[
    "邻居处有一把",
    "门口消防栓箱内的密码盒，密码问第一联系人",
    "社区服务站有备用钥匙",
    "女儿和邻居各有一把",
    "无备用钥匙，需开锁",
];
const NOTES: &[&str] =
    &["", "", "听力不好，请大声、慢慢说。", "家里有一只小狗，不咬人。", "独居，晚上九点以后睡觉。", "电梯到六楼，再上半层。"];

/// The care profile; the same for the same elder.
fn profile(elder: &Elder<'_>, rng: &mut Rng) -> Profile {
    let resident = elder.resident;
    let drawn: Vec<&(&str, &str)> = (0..rng.between(1, 2)).filter_map(|_| rng.pick(CONDITIONS)).collect();
    let mut known: Vec<&(&str, &str)> = Vec::new();
    for one in drawn {
        if !known.contains(&one) {
            known.push(one);
        }
    }
    let text = |part: fn(&(&'static str, &'static str)) -> &'static str| {
        known.iter().map(|row| part(row)).collect::<Vec<_>>().join("；")
    };
    let pick = |rng: &mut Rng, rows: &[&'static str]| rng.pick(rows).copied().unwrap_or_default().to_owned();
    Profile {
        conditions: text(|row| row.0),
        medication: text(|row| row.1),
        allergies: pick(rng, ALLERGIES),
        mobility: pick(rng, MOBILITY),
        languages: vec!["zh".to_owned(), "zh-x-wuhan".to_owned()],
        key_place: pick(rng, KEYS),
        address: format!("{}{}{}", resident.home.district.zh, resident.home.street, resident.home.address),
        home: centres::of(resident.home.district.code).and_then(|centre| {
            let (lat, lon) = random_position(rng, centre);
            // The time of the measurement is irrelevant for a home: the reference day of the demo.
            Fix::new(lat, lon, Some(30.0), REFERENCE.to_zoned(TimeZone::UTC).ok()?.timestamp())
        }),
        note: pick(rng, NOTES),
    }
}

/// An emergency contact with their account, if any, and whether they hold a key.
struct DemoContact {
    contact: Contact,
    account: Option<AccountId>,
    key_holder: bool,
}

/// The most relatives among the contacts.
const RELATIVES: usize = 2;
/// The first phone number of neighbours, in the range reserved for demos; no resident's number is in their range.
const FIRST_NEIGHBOUR_PHONE: u32 = 70_000_000;

/// Adult children and a neighbour.
fn contacts(elder: &Elder<'_>, rng: &mut Rng) -> Vec<DemoContact> {
    let children = elder.block.kinship.iter().filter(|(parent, _)| *parent == elder.place);
    let children = children.filter_map(|(_, child)| elder.block.residents.get(*child));
    let mut all: Vec<DemoContact> = children
        .filter(|r| r.status == ResidentStatus::Alive && r.age() >= 20)
        .filter_map(|r| {
            let holder = elder.holders.iter().find(|h| h.resident.id.as_str() == r.id.as_str());
            let relation = if r.id.sex() == Sex::Female { "女儿" } else { "儿子" };
            Some(DemoContact {
                contact: Contact {
                    name: r.name.clone(),
                    phone: r.phone.as_ref()?.as_str().to_owned(),
                    relation: relation.to_owned(),
                },
                account: holder.filter(|h| h.account.person.is_some()).map(|h| h.account.id),
                // Relatives in the same district hold a key.
                key_holder: r.home.district == elder.resident.home.district,
            })
        })
        .take(RELATIVES)
        .collect();
    let sex = if rng.percent(60) { Sex::Female } else { Sex::Male };
    let surname = names::surname(rng);
    let name = names::full(rng, surname, sex, 1962);
    let serial = u32::try_from(elder.place).ok().and_then(|place| FIRST_NEIGHBOUR_PHONE.checked_add(place));
    if let Some(phone) = serial.and_then(|serial| demo::phone(serial).ok()) {
        let contact = Contact { name, phone: phone.as_str().to_owned(), relation: "邻居".to_owned() };
        all.push(DemoContact { contact, account: None, key_holder: rng.percent(70) });
    }
    all
}

/// The call button (呼叫按钮) of the named elder: the token that it sends to raise a call, printed with the accounts. Without
/// the demo flag there is no such device and the token is worthless.
#[must_use]
pub fn button() -> String {
    let secret = sha256(&[b"huimin.demo.button|", people::ELDER_MAILBOX.as_bytes()]);
    format!("{}.{}", printed_device().uuid().simple(), hex::encode(secret))
}

fn printed_device() -> DeviceId {
    demo_id("care_device", people::ELDER_MAILBOX)
}

/// Inserts the persons of elders without an account.
pub(super) async fn write_persons(connection: &mut PgConnection, vault: &Vault, all: &[Elder<'_>]) -> Result<()> {
    for elder in all.iter().filter(|e| e.account.is_none()) {
        residents::write_person(connection, vault, elder.resident).await?;
    }
    Ok(())
}

/// Inserts profiles, contacts and devices of the elders who have no profile yet.
pub(super) async fn write(state: &AppState, all: &[Elder<'_>]) -> Result<()> {
    let tx = state.store.write(&Actor::system(Task::Operation)).await?;
    let existing: Vec<PersonId> =
        care_profile::Entity::find().select_only().column(care_profile::Column::PersonId).into_tuple().all(&tx).await?;
    for elder in all.iter().filter(|e| !existing.contains(&e.person())) {
        let mut rng = Rng::new(u64::try_from(elder.place).unwrap_or(0) + 3_000_000_000);
        let person = elder.person();
        let key = tx.person_key(person).await?;
        let (district, sealed) = (elder.district(), key.seal_json("care_profile", person, &profile(elder, &mut rng))?);
        tx.execute_sql(raw_sql!(
            Postgres,
            "INSERT INTO care_profile (person_id, centre_id, sealed)
             SELECT {person}, o.id, {sealed} FROM organisation o WHERE o.kind = 'centre' AND o.district = {district}
             ON CONFLICT DO NOTHING"
        ))
        .await?;
        write_contacts(&tx, person, &key, &contacts(elder, &mut rng)).await?;
        if elder.place == people::ELDER {
            let token = button();
            let (_, secret) = token.split_once('.').unwrap_or_default();
            write_button(&tx, printed_device(), person, secret).await?;
        } else if elder.account.is_none() {
            // A random secret that is not kept: this button is never pressed.
            write_button(&tx, elder.device(), person, &hex::encode(rand::random::<[u8; 32]>())).await?;
        }
    }
    tx.commit().await
}

async fn write_contacts(tx: &Tx, person: PersonId, key: &PersonKey, contacts: &[DemoContact]) -> Result<()> {
    for (place, entry) in (1_i16..).zip(contacts) {
        let id: ContactId = demo_id("care_contact", &format!("{person} {place}"));
        let contact = care_contact::ActiveModel {
            id: Set(id),
            person_id: Set(person),
            place: Set(place),
            account_id: Set(entry.account),
            key_holder: Set(entry.key_holder),
            sealed: Set(key.seal_json("care_contact", id, &entry.contact)?),
        };
        let same_id = OnConflict::column(care_contact::Column::Id).do_nothing().to_owned();
        care_contact::Entity::insert(contact).on_conflict(same_id).exec_without_returning(tx).await?;
    }
    Ok(())
}

async fn write_button(tx: &Tx, id: DeviceId, person: PersonId, secret: &str) -> Result<()> {
    let (hash, days) = (credential::hash(secret), BUTTON_DAYS);
    tx.execute_sql(raw_sql!(
        Postgres,
        "INSERT INTO care_device (id, person_id, kind, label, secret_hash, expires_at)
         VALUES ({id}, {person}, 'button', '床头呼叫按钮', {hash}, huimin_now() + make_interval(days => {days}))
         ON CONFLICT DO NOTHING"
    ))
    .await?;
    Ok(())
}

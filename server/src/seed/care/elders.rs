//! The elders of the demo city: what helps whoever comes to help them, whom to call for them, and a button that calls.

use super::{
    super::{
        id_of, names,
        population::{Block, REFERENCE, Resident, Status},
        residents::{self, Holder},
    },
    around, centres,
};
use crate::seed::{people, rng::Dice};
use crate::{
    Actor, AppState, Task,
    care::intake::{
        credential::{self, BUTTON_DAYS, Device, DeviceKind},
        raise::Caller,
    },
    error::Result,
    store::Tx,
    vault::{PersonKey, Vault, sha256},
};
use jiff::tz::TimeZone;
use sea_orm::FromQueryResult;
use shared::{
    account::{Sex, demo},
    care::{
        geo::Fix,
        profile::{Contact, Profile},
    },
};
use sqlx::PgConnection;
use uuid::Uuid;

/// Somebody old with a care profile.
#[derive(Clone, Copy, Debug)]
pub(super) struct Elder<'a> {
    pub(super) resident: &'a Resident,
    /// Their account, if they have one.
    pub(super) account: Option<Uuid>,
    /// Their place in the block.
    place: usize,
    block: &'a Block,
    holders: &'a [Holder],
}

impl Elder<'_> {
    /// Under which the city's services know them.
    pub(super) fn person(&self) -> Uuid {
        residents::person_of(self.resident)
    }

    /// The code of the district where they live.
    pub(super) fn district(&self) -> &'static str {
        self.resident.home.district.code
    }

    /// Whether the README names them.
    pub(super) fn is_of_the_cast(&self) -> bool {
        self.place < people::CAST.len()
    }

    /// The key of the button that hangs on the wall of those without an account.
    fn device(&self) -> Uuid {
        id_of("care_device", self.resident.id.as_str())
    }

    /// As whom they call: with their phone, or by the button.
    pub(super) fn caller(&self) -> Caller {
        let person = self.person();
        match self.account {
            Some(account) => Caller::Signed(Actor { account: Some(account), person: Some(person), ..Actor::default() }),
            None => Caller::Button { device: Device { id: self.device(), person, account: None, kind: DeviceKind::Button } },
        }
    }
}

/// Of each district, so many elders without an account have a profile, too: a social worker wrote it down.
const WITHOUT_ACCOUNT: usize = 3;

/// Those with an account first, in the order of the accounts, then the others by district.
pub(super) fn all<'a>(holders: &'a [Holder], block: &'a Block) -> Vec<Elder<'a>> {
    let held = |r: &Resident| holders.iter().find(|h| h.resident.id.as_str() == r.id.as_str());
    let old = || block.residents.iter().enumerate().filter(|(_, r)| r.status == Status::Alive && r.age() >= 75);
    let elder = |(place, resident): (usize, &'a Resident), holder: Option<&Holder>| Elder {
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
        all.extend(here.take(WITHOUT_ACCOUNT).map(|found| elder(found, None)));
    }
    all
}

/// What somebody has, what they take for it, and what is to be known of it.
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

/// What is written down of them; the same for the same person.
fn profile(elder: &Elder<'_>, dice: &mut Dice) -> Profile {
    let resident = elder.resident;
    let drawn: Vec<&(&str, &str)> = (0..dice.between(1, 2)).filter_map(|_| dice.pick(CONDITIONS)).collect();
    let mut known: Vec<&(&str, &str)> = Vec::new();
    for one in drawn {
        if !known.contains(&one) {
            known.push(one);
        }
    }
    let text = |part: fn(&(&'static str, &'static str)) -> &'static str| {
        known.iter().map(|row| part(row)).collect::<Vec<_>>().join("；")
    };
    let pick = |dice: &mut Dice, rows: &[&'static str]| dice.pick(rows).copied().unwrap_or_default().to_owned();
    Profile {
        conditions: text(|row| row.0),
        medication: text(|row| row.1),
        allergies: pick(dice, ALLERGIES),
        mobility: pick(dice, MOBILITY),
        languages: vec!["zh".to_owned(), "zh-x-wuhan".to_owned()],
        key_place: pick(dice, KEYS),
        address: format!("{}{}{}", resident.home.district.zh, resident.home.street, resident.home.address),
        home: centres::of(resident.home.district.code).and_then(|centre| {
            let (lat, lon) = around(dice, centre);
            // When it was measured does not matter of a house: the day on which the demo's ages are reckoned.
            Fix::new(lat, lon, Some(30.0), REFERENCE.to_zoned(TimeZone::UTC).ok()?.timestamp())
        }),
        note: pick(dice, NOTES),
    }
}

/// Somebody to call, with their account and whether they have a key.
struct Call {
    contact: Contact,
    account: Option<Uuid>,
    key_holder: bool,
}

/// Most relatives among the contacts.
const RELATIVES: usize = 2;
/// The phones of neighbours begin here in the range reserved for demos: no resident has one of these.
const NEIGHBOURS: u32 = 70_000_000;

/// Grown-up children of theirs, and a neighbour.
fn contacts(elder: &Elder<'_>, dice: &mut Dice) -> Vec<Call> {
    let children = elder.block.kinship.iter().filter(|(parent, _)| *parent == elder.place);
    let children = children.filter_map(|(_, child)| elder.block.residents.get(*child));
    let mut all: Vec<Call> = children
        .filter(|r| r.status == Status::Alive && r.age() >= 20)
        .filter_map(|r| {
            let holder = elder.holders.iter().find(|h| h.resident.id.as_str() == r.id.as_str());
            let relation = if r.id.sex() == Sex::Female { "女儿" } else { "儿子" };
            Some(Call {
                contact: Contact {
                    name: r.name.clone(),
                    phone: r.phone.as_ref()?.as_str().to_owned(),
                    relation: relation.to_owned(),
                },
                account: holder.filter(|h| h.account.person.is_some()).map(|h| h.account.id),
                // Whoever lives near has a key.
                key_holder: r.home.district == elder.resident.home.district,
            })
        })
        .take(RELATIVES)
        .collect();
    let sex = if dice.percent(60) { Sex::Female } else { Sex::Male };
    let surname = names::surname(dice);
    let name = names::full(dice, surname, sex, 1962);
    let serial = u32::try_from(elder.place).ok().and_then(|place| NEIGHBOURS.checked_add(place));
    if let Some(phone) = serial.and_then(|serial| demo::phone(serial).ok()) {
        let contact = Contact { name, phone: phone.as_str().to_owned(), relation: "邻居".to_owned() };
        all.push(Call { contact, account: None, key_holder: dice.percent(70) });
    }
    all
}

/// The button of the elder of the cast (呼叫按钮): what it shows to call, printed with the accounts. It opens nothing
/// where the demo flag is not set, for there is no such device.
#[must_use]
pub fn button() -> String {
    let secret = sha256(&[b"huimin.demo.button|", people::ELDER_MAILBOX.as_bytes()]);
    format!("{}.{}", printed_device().simple(), hex::encode(secret))
}

fn printed_device() -> Uuid {
    id_of("care_device", people::ELDER_MAILBOX)
}

/// Writes who the elders without an account are.
pub(super) async fn write_persons(connection: &mut PgConnection, vault: &Vault, all: &[Elder<'_>]) -> Result<()> {
    for elder in all.iter().filter(|e| e.account.is_none()) {
        residents::write_person(connection, vault, elder.resident).await?;
    }
    Ok(())
}

#[derive(FromQueryResult)]
struct There {
    person_id: Uuid,
}

/// Writes profiles, contacts and devices of those who have no profile yet.
pub(super) async fn write(city: &AppState, all: &[Elder<'_>]) -> Result<()> {
    let tx = city.store.write(&Actor::system(Task::Operation)).await?;
    let there: Vec<There> = tx.all("SELECT person_id FROM care_profile", []).await?;
    for elder in all.iter().filter(|e| there.iter().all(|t| t.person_id != e.person())) {
        let mut dice = Dice::new(u64::try_from(elder.place).unwrap_or(0) + 3_000_000_000);
        let person = elder.person();
        let key = tx.person_key(person).await?;
        tx.run(
            "INSERT INTO care_profile (person_id, centre_id, sealed)
             SELECT $1, o.id, $3 FROM organisation o WHERE o.kind = 'centre' AND o.district = $2 ON CONFLICT DO NOTHING",
            [
                person.into(),
                elder.resident.home.district.code.into(),
                key.seal_json("care_profile", person, &profile(elder, &mut dice))?.into(),
            ],
        )
        .await?;
        write_contacts(&tx, person, &key, &contacts(elder, &mut dice)).await?;
        if elder.place == people::ELDER {
            let token = button();
            let (_, secret) = token.split_once('.').unwrap_or_default();
            write_button(&tx, printed_device(), person, secret).await?;
        } else if elder.account.is_none() {
            // Nobody knows its secret, but the button would.
            write_button(&tx, elder.device(), person, &hex::encode(rand::random::<[u8; 32]>())).await?;
        }
    }
    tx.commit().await
}

async fn write_contacts(tx: &Tx, person: Uuid, key: &PersonKey, calls: &[Call]) -> Result<()> {
    for (place, call) in (1_i16..).zip(calls) {
        let id = id_of("care_contact", &format!("{person} {place}"));
        tx.run(
            "INSERT INTO care_contact (id, person_id, place, account_id, key_holder, sealed) VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (id) DO NOTHING",
            [
                id.into(),
                person.into(),
                place.into(),
                call.account.into(),
                call.key_holder.into(),
                key.seal_json("care_contact", id, &call.contact)?.into(),
            ],
        )
        .await?;
    }
    Ok(())
}

async fn write_button(tx: &Tx, id: Uuid, person: Uuid, secret: &str) -> Result<()> {
    tx.run(
        "INSERT INTO care_device (id, person_id, kind, label, secret_hash, expires_at)
         VALUES ($1, $2, 'button', '床头呼叫按钮', $3, huimin_now() + make_interval(days => $4)) ON CONFLICT DO NOTHING",
        [id.into(), person.into(), credential::hash(secret).into(), BUTTON_DAYS.into()],
    )
    .await?;
    Ok(())
}

//! The elders of the demo city: what helps whoever comes to help them, whom to call for them, and a button that calls.

use super::{
    super::{
        cast,
        dice::Dice,
        id_of, names,
        population::{Block, REFERENCE, Resident, Status},
        residents::{self, Holder},
    },
    around, centres,
};
use crate::{
    Actor, City, Task,
    error::Result,
    store::Tx,
    vault::{PersonKey, sha256},
};
use data_encoding::BASE32_NOPAD;
use shared::{
    account::{Sex, demo},
    care::profile::{Contact, Profile},
};
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
const KEYS: &[&str] = &["邻居处有一把", "门口消防栓箱内的密码盒，密码问第一联系人", "社区服务站有备用钥匙", "女儿和邻居各有一把", "无备用钥匙，需开锁"];
const NOTES: &[&str] = &["", "", "听力不好，请大声、慢慢说。", "家里有一只小狗，不咬人。", "独居，晚上九点以后睡觉。", "电梯到六楼，再上半层。"];

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
        home: None,
        note: pick(dice, NOTES),
    }
}

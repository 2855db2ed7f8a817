//! The named people of the demo city, whom the README introduces; they are the first residents of the first block.

use super::{
    block::{Block, NAMED_SEQUENCES, Resident, phone},
    districts,
    rng::Rng,
};
use jiff::civil::{Date, date};
use shared::{account::demo, registry::status::ResidentStatus};

/// A named person.
#[derive(Debug)]
pub(super) struct NamedPerson {
    /// The local part of their email address; none: too young for an account.
    pub(super) mailbox: Option<&'static str>,
    pub(super) name: &'static str,
    pub(super) born_on: Date,
    female: bool,
    /// The index of their household.
    household: usize,
    household_role: &'static str,
    /// Their parents, as indexes into [`PEOPLE`].
    parents: &'static [usize],
    /// Whether the real-name check is done.
    pub(super) verified: bool,
    /// What they demonstrate.
    pub(super) shows: &'static str,
}

/// The elder without applications.
pub(super) const ELDER: usize = 0;
/// The local part of her email address.
pub(super) const ELDER_MAILBOX: &str = "chen.guiying";
/// Her daughter, who holds her mandate.
pub(super) const DAUGHTER: usize = 1;

/// The district where all named people live (武昌).
pub(super) const DISTRICT: &str = "420106";

#[rustfmt::skip]
pub(super) const PEOPLE: &[NamedPerson] = &[
    NamedPerson { mailbox: Some(ELDER_MAILBOX), name: "陈桂英", born_on: date(1943, 5, 12), female: true, household: 0, household_role: "户主", parents: &[], verified: true,
        shows: "83 岁，可申请高龄津贴 · aged 83, eligible for the old-age allowance" },
    NamedPerson { mailbox: Some("wang.xiulan"), name: "王秀兰", born_on: date(1970, 9, 3), female: true, household: 1, household_role: "户主", parents: &[0], verified: true,
        shows: "陈桂英的女儿，持有委托 · her daughter, with her mandate" },
    NamedPerson { mailbox: Some("zhao.xiaowen"), name: "赵晓雯", born_on: date(1995, 3, 15), female: true, household: 2, household_role: "户主", parents: &[], verified: false,
        shows: "未实名认证 · real-name check not done" },
    NamedPerson { mailbox: Some("liu.yang"), name: "刘洋", born_on: date(1985, 11, 20), female: false, household: 3, household_role: "户主", parents: &[], verified: true,
        shows: "理发店店主，公共场所卫生许可；企业 91420120MA0000015E · runs a hairdresser's, hygiene permit; firm 91420120MA0000015E" },
    NamedPerson { mailbox: Some("zhang.wei"), name: "张伟", born_on: date(1988, 6, 18), female: false, household: 4, household_role: "户主", parents: &[], verified: true,
        shows: "一家四口，公租房；企业 91420120MA00000239 · family of four, public rental housing; firm 91420120MA00000239" },
    NamedPerson { mailbox: None, name: "周敏", born_on: date(1990, 2, 7), female: true, household: 4, household_role: "配偶", parents: &[], verified: false, shows: "" },
    NamedPerson { mailbox: None, name: "张浩然", born_on: date(2016, 4, 22), female: false, household: 4, household_role: "子", parents: &[4, 5], verified: false, shows: "" },
    NamedPerson { mailbox: None, name: "张梓涵", born_on: date(2020, 8, 9), female: true, household: 4, household_role: "女", parents: &[4, 5], verified: false, shows: "" },
];

/// The first block, with the named people only.
pub(super) fn block() -> Block {
    let mut block = Block::default();
    let mut rng = Rng::new(u64::MAX);
    let mut homes = Vec::new();
    for (place, player) in PEOPLE.iter().enumerate() {
        while homes.len() <= player.household {
            let Some(home) = districts::home_in(&mut rng, DISTRICT) else { return block };
            homes.push((home, block.next_household(0)));
        }
        let Some((home, household)) = homes.get(player.household).cloned() else { continue };
        // Sequences are odd for men and even for women.
        let Ok(id) = demo::resident_id(player.born_on, NAMED_SEQUENCES + 21 - u16::from(player.female)) else { continue };
        block.residents.push(Resident {
            id,
            name: player.name.to_owned(),
            home,
            household,
            household_role: player.household_role,
            phone: if player.born_on.year() > 2010 { None } else { phone(0, place) },
            status: ResidentStatus::Alive,
            confirmed_days_ago: 12,
        });
        block.kinship.extend(player.parents.iter().map(|parent| (*parent, place)));
    }
    block
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_of_the_cast_is_there_in_their_place() {
        let block = block();
        let names: Vec<_> = block.residents.iter().map(|r| r.name.as_str()).collect();
        assert_eq!(names, PEOPLE.iter().map(|p| p.name).collect::<Vec<_>>());
        for (resident, player) in block.residents.iter().zip(PEOPLE) {
            assert_eq!(resident.id.born_on(), player.born_on);
            assert_eq!(resident.home.district.code, DISTRICT);
        }
        assert_eq!(block.residents[ELDER].age(), 83);
        assert!(block.kinship.contains(&(ELDER, DAUGHTER)));
    }
}

//! The cast: the people of the demo whom the README names, who stand at the beginning of the first block.

use crate::seed::{
    districts,
    population::{Block, CAST_SEQUENCES, Resident, Status, phone},
    rng::Dice,
};
use jiff::civil::{Date, date};
use shared::account::demo;

/// Somebody of the cast.
#[derive(Debug)]
pub(super) struct Player {
    /// Before the at sign of their address; none: too young for an account.
    pub(super) mailbox: Option<&'static str>,
    pub(super) name: &'static str,
    pub(super) born_on: Date,
    female: bool,
    /// Which of the cast's households they belong to.
    household: usize,
    household_role: &'static str,
    /// Their parents, as places in the cast.
    parents: &'static [usize],
    /// Whether the real-name check is done.
    pub(super) verified: bool,
    /// What they are there to show.
    pub(super) shows: &'static str,
}

/// The elder for whom nothing is applied yet.
pub(super) const ELDER: usize = 0;
/// Before the at sign of her address.
pub(super) const ELDER_MAILBOX: &str = "chen.guiying";
/// Her daughter, who holds her mandate.
pub(super) const DAUGHTER: usize = 1;

/// Where all of the cast live: 武昌.
pub(super) const DISTRICT: &str = "420106";

#[rustfmt::skip]
pub(super) const CAST: &[Player] = &[
    Player { mailbox: Some(ELDER_MAILBOX), name: "陈桂英", born_on: date(1943, 5, 12), female: true, household: 0, household_role: "户主", parents: &[], verified: true,
        shows: "83 岁，可申请高龄津贴 · aged 83, eligible for the old-age allowance" },
    Player { mailbox: Some("wang.xiulan"), name: "王秀兰", born_on: date(1970, 9, 3), female: true, household: 1, household_role: "户主", parents: &[0], verified: true,
        shows: "陈桂英的女儿，持有委托 · her daughter, with her mandate" },
    Player { mailbox: Some("zhao.xiaowen"), name: "赵晓雯", born_on: date(1995, 3, 15), female: true, household: 2, household_role: "户主", parents: &[], verified: false,
        shows: "未实名认证 · real-name check not done" },
    Player { mailbox: Some("liu.yang"), name: "刘洋", born_on: date(1985, 11, 20), female: false, household: 3, household_role: "户主", parents: &[], verified: true,
        shows: "理发店店主，公共场所卫生许可；企业 91420120MA0000015E · runs a hairdresser's, hygiene permit; firm 91420120MA0000015E" },
    Player { mailbox: Some("zhang.wei"), name: "张伟", born_on: date(1988, 6, 18), female: false, household: 4, household_role: "户主", parents: &[], verified: true,
        shows: "一家四口，公租房；企业 91420120MA00000239 · family of four, public rental housing; firm 91420120MA00000239" },
    Player { mailbox: None, name: "周敏", born_on: date(1990, 2, 7), female: true, household: 4, household_role: "配偶", parents: &[], verified: false, shows: "" },
    Player { mailbox: None, name: "张浩然", born_on: date(2016, 4, 22), female: false, household: 4, household_role: "子", parents: &[4, 5], verified: false, shows: "" },
    Player { mailbox: None, name: "张梓涵", born_on: date(2020, 8, 9), female: true, household: 4, household_role: "女", parents: &[4, 5], verified: false, shows: "" },
];

/// The first block, with the cast alone.
pub(super) fn block() -> Block {
    let mut block = Block::default();
    let mut dice = Dice::new(u64::MAX);
    let mut homes = Vec::new();
    for (place, player) in CAST.iter().enumerate() {
        while homes.len() <= player.household {
            let Some(home) = districts::home_in(&mut dice, DISTRICT) else { return block };
            homes.push((home, block.next_household(0)));
        }
        let Some((home, household)) = homes.get(player.household).cloned() else { continue };
        // Odd for men and even for women.
        let Ok(id) = demo::resident_id(player.born_on, CAST_SEQUENCES + 21 - u16::from(player.female)) else { continue };
        block.residents.push(Resident {
            id,
            name: player.name.to_owned(),
            home,
            household,
            household_role: player.household_role,
            phone: if player.born_on.year() > 2010 { None } else { phone(0, place) },
            status: Status::Alive,
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
        assert_eq!(names, CAST.iter().map(|p| p.name).collect::<Vec<_>>());
        for (resident, player) in block.residents.iter().zip(CAST) {
            assert_eq!(resident.id.born_on(), player.born_on);
            assert_eq!(resident.home.district.code, DISTRICT);
        }
        assert_eq!(block.residents[ELDER].age(), 83);
        assert!(block.kinship.contains(&(ELDER, DAUGHTER)));
    }
}

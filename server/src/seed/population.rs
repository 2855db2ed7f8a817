//! The people of the demo city, made up in blocks of a thousand: families of up to four generations, in households,
//! with kinship. Whoever wants more people gets more blocks; the blocks before stay the same.
//!
//! Births lie at fixed dates, so that a person stays who they are; ages are reckoned on [`REFERENCE`]. The register's
//! dates (as of when an entry was confirmed) count back from the day of seeding, for an entry that is years old
//! settles nothing and the demo would have no one who is eligible.

use super::{
    districts::{self, Home},
    names,
};
use crate::seed::{people, rng::Dice};
use jiff::{
    ToSpan,
    civil::{Date, date},
};
use shared::account::{IdFault, Phone, ResidentId, Sex, demo};
use std::collections::HashMap;

/// The day on which ages of the demo city are reckoned.
pub const REFERENCE: Date = date(2026, 10, 1);
/// How many people a block has.
pub const BLOCK: u32 = 1000;
/// Sequences from here on are the cast's (see [`cast`]): nobody else gets one of them.
pub(super) const CAST_SEQUENCES: u16 = 900;

/// What the register says of somebody's presence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    Alive,
    Deceased,
    MovedAway,
}

impl Status {
    /// As stored.
    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::Alive => "alive",
            Self::Deceased => "deceased",
            Self::MovedAway => "moved_away",
        }
    }
}

/// One entry of the register.
#[derive(Clone, Debug)]
pub(super) struct Resident {
    pub(super) id: ResidentId,
    pub(super) name: String,
    pub(super) home: Home,
    /// Household register number (户号).
    pub(super) household: String,
    /// Relation to the head of the household (与户主关系), GB/T 4761 in words.
    pub(super) household_role: &'static str,
    pub(super) phone: Option<Phone>,
    pub(super) status: Status,
    /// How many days before the day of seeding the entry was confirmed.
    pub(super) confirmed_days_ago: u32,
}

impl Resident {
    /// Full years on [`REFERENCE`].
    pub(super) fn age(&self) -> i16 {
        age_of(self.id.born_on())
    }
}

fn age_of(born_on: Date) -> i16 {
    born_on.until((jiff::Unit::Year, REFERENCE)).map_or(0, |span| span.get_years())
}

/// A thousand people and who is whose child.
#[derive(Clone, Debug, Default)]
pub(super) struct Block {
    pub(super) residents: Vec<Resident>,
    /// Parent and child, as places in `residents`.
    pub(super) kinship: Vec<(usize, usize)>,
    households: u32,
}

/// Makes block after block.
#[derive(Debug, Default)]
pub(super) struct Population {
    next_block: u32,
    /// How many numbers are taken of those of a day and sex.
    taken: HashMap<(Date, bool), u16>,
}

impl Iterator for Population {
    type Item = Result<Block, IdFault>;

    fn next(&mut self) -> Option<Self::Item> {
        let number = self.next_block;
        self.next_block = number.checked_add(1)?;
        let mut making = Making {
            dice: Dice::new(u64::from(number)),
            number,
            block: if number == 0 { people::block() } else { Block::default() },
            taken: &mut self.taken,
        };
        Some(making.fill().map(|()| making.block))
    }
}

/// Somebody who may have a family.
#[derive(Clone, Copy)]
struct Root {
    place: usize,
    age: u32,
}

/// What is drawn for one household.
struct Household {
    home: Home,
    number: String,
}

struct Making<'a> {
    dice: Dice,
    number: u32,
    block: Block,
    taken: &'a mut HashMap<(Date, bool), u16>,
}

impl Making<'_> {
    fn fill(&mut self) -> Result<(), IdFault> {
        while self.room() > 0 {
            let (residents, kinship) = (self.block.residents.len(), self.block.kinship.len());
            self.family()?;
            if self.block.residents.len() > BLOCK as usize {
                // It does not fit: whoever fills the rest lives alone.
                self.block.residents.truncate(residents);
                self.block.kinship.truncate(kinship);
                while self.room() > 0 {
                    let Some(household) = self.household() else { return Ok(()) };
                    let (age, sex) = (self.dice.between(24, 72), self.sex());
                    let surname = names::surname(&mut self.dice);
                    self.person(&household, age, sex, surname, "户主")?;
                }
            }
        }
        Ok(())
    }

    fn room(&self) -> usize {
        (BLOCK as usize).saturating_sub(self.block.residents.len())
    }

    fn sex(&mut self) -> Sex {
        if self.dice.percent(51) { Sex::Male } else { Sex::Female }
    }

    /// A family: its eldest, their children with husbands and wives, and so on.
    fn family(&mut self) -> Result<(), IdFault> {
        // More of the old than a city has, so that the services for them have people to serve.
        const AGES: &[(u32, (u32, u32))] = &[(10, (24, 39)), (18, (40, 54)), (26, (55, 69)), (26, (70, 84)), (20, (85, 101))];
        let (least, most) = self.dice.weighed(AGES).copied().unwrap_or((40, 54));
        let age = self.dice.between(least, most);
        let Some(household) = self.household() else { return Ok(()) };
        let surname = names::surname(&mut self.dice);
        let head = self.person(&household, age, Sex::Male, surname, "户主")?;
        self.couple(&household, Root { place: head, age }, surname, 1)
    }

    /// The wife or husband of somebody, and their children.
    fn couple(&mut self, household: &Household, one: Root, surname: &'static str, generation: u32) -> Result<(), IdFault> {
        let married = match one.age {
            ..22 => 0,
            22..30 => 45,
            _ => 88,
        };
        if !self.dice.percent(married) {
            return Ok(());
        }
        let sex_of_other = match self.block.residents.get(one.place).map(|r| r.id.sex()) {
            Some(Sex::Male) => Sex::Female,
            _ => Sex::Male,
        };
        let age = (one.age + self.dice.below(6)).saturating_sub(3).max(22);
        let own_surname = names::surname(&mut self.dice);
        let other = Root { place: self.person(household, age, sex_of_other, own_surname, "配偶")?, age };
        let children = match one.age {
            75.. => self.dice.between(1, 4),
            60..75 => self.dice.between(1, 2),
            // Born under the rule of one child (1980 to 2015).
            38..60 => u32::from(self.dice.percent(90)) + u32::from(self.dice.percent(15)),
            _ => u32::from(self.dice.percent(70)) + u32::from(self.dice.percent(30)),
        };
        if generation >= 4 {
            return Ok(());
        }
        // Children bear their father's name.
        let name = if sex_of_other == Sex::Male { own_surname } else { surname };
        for _ in 0..children {
            self.child(household, one, other, name, generation)?;
        }
        Ok(())
    }

    fn child(
        &mut self,
        parents: &Household,
        one: Root,
        other: Root,
        surname: &'static str,
        generation: u32,
    ) -> Result<(), IdFault> {
        let younger = one.age.min(other.age);
        let Some(age) = younger.checked_sub(self.dice.between(21, 33)) else { return Ok(()) };
        let sex = self.sex();
        // Most grown-up children have a household of their own.
        let leaves = age >= 24 && self.dice.percent(75);
        let own = if leaves { self.household() } else { None };
        let role = match (&own, sex) {
            (Some(_), _) => "户主",
            (None, Sex::Male) => {
                if generation > 1 {
                    "孙子"
                } else {
                    "子"
                }
            }
            (None, Sex::Female) => {
                if generation > 1 {
                    "孙女"
                } else {
                    "女"
                }
            }
        };
        let place = self.person(own.as_ref().unwrap_or(parents), age, sex, surname, role)?;
        self.block.kinship.extend([(one.place, place), (other.place, place)]);
        match own {
            Some(household) => self.couple(&household, Root { place, age }, surname, generation + 1),
            None => Ok(()),
        }
    }

    fn household(&mut self) -> Option<Household> {
        let home = districts::home(&mut self.dice)?;
        Some(Household { home, number: self.block.next_household(self.number) })
    }

    fn person(&mut self, h: &Household, age: u32, sex: Sex, surname: &str, role: &'static str) -> Result<usize, IdFault> {
        let mut born_on = birthday(age, self.dice.below(365));
        let id = self.number_for(&mut born_on, sex)?;
        let name = names::full(&mut self.dice, surname, sex, born_on.year());
        let dies = match age {
            ..60 => 0,
            60..80 => 4,
            _ => 14,
        };
        let status = if self.dice.percent(dies) {
            Status::Deceased
        } else if self.dice.percent(2) {
            Status::MovedAway
        } else {
            Status::Alive
        };
        let place = self.block.residents.len();
        let has_phone = match age {
            ..12 => false,
            12..80 => true,
            _ => self.dice.percent(60),
        };
        self.block.residents.push(Resident {
            id,
            name,
            home: h.home.clone(),
            household: h.number.clone(),
            household_role: role,
            phone: if has_phone { phone(self.number, place) } else { None },
            status,
            // One in twelve was not looked at for years.
            confirmed_days_ago: if self.dice.percent(8) { self.dice.between(900, 1500) } else { self.dice.between(1, 300) },
        });
        Ok(place)
    }

    /// A number for somebody of this sex born on this day, or on the next day that has one left.
    fn number_for(&mut self, born_on: &mut Date, sex: Sex) -> Result<ResidentId, IdFault> {
        loop {
            let taken = self.taken.entry((*born_on, sex == Sex::Male)).or_default();
            let sequence = *taken * 2 + u16::from(sex == Sex::Male);
            if sequence < CAST_SEQUENCES {
                *taken += 1;
                return demo::resident_id(*born_on, sequence);
            }
            *born_on = born_on.checked_sub(1.day()).map_err(|_| IdFault::Date)?;
        }
    }
}

impl Block {
    /// The number of the next household (户号): the reserved region and a running number.
    pub(super) fn next_household(&mut self, block: u32) -> String {
        self.households += 1;
        format!("{}{block:05}{:04}", demo::REGION, self.households)
    }
}

/// The phone of the person at this place of this block.
pub(super) fn phone(block: u32, place: usize) -> Option<Phone> {
    demo::phone(block.checked_mul(BLOCK)?.checked_add(u32::try_from(place).ok()?)?.checked_add(1)?).ok()
}

/// The birth of somebody of this age on [`REFERENCE`], so many days into their year.
fn birthday(age: u32, days: u32) -> Date {
    let years = i32::try_from(age).unwrap_or(0).years();
    let turned = REFERENCE.checked_sub(years).unwrap_or(REFERENCE);
    turned.checked_sub(i64::from(days).days()).unwrap_or(turned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn blocks(n: usize) -> Vec<Block> {
        Population::default().take(n).collect::<Result<_, _>>().unwrap()
    }

    #[test]
    fn a_block_has_a_thousand_people_and_stays_the_same() {
        let (three, five) = (blocks(3), blocks(5));
        let mut seen = HashSet::new();
        for (a, b) in three.iter().zip(&five) {
            assert_eq!(a.residents.len(), BLOCK as usize);
            for (p, q) in a.residents.iter().zip(&b.residents) {
                assert_eq!((p.id.as_str(), &p.name, &p.household), (q.id.as_str(), &q.name, &q.household));
            }
        }
        for person in five.iter().flat_map(|b| &b.residents) {
            assert!(seen.insert(person.id.as_str().to_owned()), "a number twice");
            assert_eq!(ResidentId::parse_on(person.id.as_str(), REFERENCE).unwrap(), person.id);
            assert!(demo::is_demo_id(&person.id));
            assert!(person.phone.as_ref().is_none_or(demo::is_demo_phone));
        }
    }

    #[test]
    fn a_block_is_a_city_in_little() {
        let block = blocks(1).remove(0);
        let people = &block.residents;
        let count = |test: &dyn Fn(&Resident) -> bool| people.iter().filter(|p| test(p)).count();
        assert!((40..200).contains(&count(&|p| p.age() >= 80)), "{}", count(&|p| p.age() >= 80));
        assert!((80..350).contains(&count(&|p| p.age() < 18)), "{}", count(&|p| p.age() < 18));
        assert!((400..600).contains(&count(&|p| p.id.sex() == Sex::Female)));
        assert!(count(&|p| p.status == Status::Deceased) >= 5 && count(&|p| p.status == Status::MovedAway) >= 5);
        assert!(count(&|p| p.confirmed_days_ago > 730) >= 30);
        for district in shared::registry::districts::DISTRICTS {
            assert!(count(&|p| p.home.district == district) > 5, "{}", district.zh);
        }
        let households: HashSet<_> = people.iter().map(|p| &p.household).collect();
        assert!((200..600).contains(&households.len()), "{}", households.len());
        for household in households {
            let heads = people.iter().filter(|p| p.household == *household && p.household_role == "户主").count();
            assert_eq!(heads, 1, "{household}");
        }
    }

    #[test]
    fn parents_are_older_than_their_children_and_at_most_two() {
        for block in blocks(2) {
            let person = |place: usize| &block.residents[place];
            let mut parents: HashMap<usize, usize> = HashMap::new();
            for (parent, child) in &block.kinship {
                let years = person(*parent).id.born_on().until((jiff::Unit::Year, person(*child).id.born_on())).unwrap();
                assert!((16..60).contains(&years.get_years()), "{} years", years.get_years());
                *parents.entry(*child).or_default() += 1;
            }
            assert!(parents.values().all(|n| *n <= 2));
            let grandchildren = block.kinship.iter().filter(|(parent, _)| parents.contains_key(parent)).count();
            assert!(grandchildren > 50, "three generations: {grandchildren}");
        }
    }

    #[test]
    fn when_the_numbers_of_a_day_are_used_up_the_day_before_is_taken() {
        let mut taken = HashMap::new();
        let mut making = Making { dice: Dice::new(1), number: 1, block: Block::default(), taken: &mut taken };
        let numbers: HashSet<String> =
            (0..1000).map(|_| making.number_for(&mut date(2000, 1, 1), Sex::Male).unwrap().as_str().to_owned()).collect();
        assert_eq!(numbers.len(), 1000);
    }
}

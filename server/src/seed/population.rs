//! The generated residents of the demo city in blocks of a thousand: families of up to four generations in households, with
//! kinship. Adding blocks does not change earlier ones.
//!
//! Birthdays are fixed, so that residents stay the same; ages are calculated on [`REFERENCE`]. The confirmation dates of
//! the register count back from the day of seeding, because entries that are years old would settle no condition.

use super::{
    block::{BLOCK, Block, NAMED_SEQUENCES, REFERENCE, Resident, phone},
    districts::{self, Home},
    names, people,
    rng::Rng,
};
use jiff::{ToSpan, civil::Date};
use shared::{
    account::{IdFault, ResidentId, Sex, demo},
    registry::status::ResidentStatus,
};
use std::collections::HashMap;

/// Generates one block after the other.
#[derive(Debug, Default)]
pub(super) struct Population {
    next_block: u32,
    /// The number of sequences in use per birthday and sex.
    used_sequences: HashMap<(Date, bool), u16>,
}

impl Iterator for Population {
    type Item = Result<Block, IdFault>;

    fn next(&mut self) -> Option<Self::Item> {
        let number = self.next_block;
        self.next_block = number.checked_add(1)?;
        let mut builder = BlockBuilder {
            rng: Rng::new(u64::from(number)),
            number,
            block: if number == 0 { people::block() } else { Block::default() },
            used_sequences: &mut self.used_sequences,
        };
        Some(builder.fill_block().map(|()| builder.block))
    }
}

/// A parent of a family.
#[derive(Clone, Copy)]
struct Parent {
    place: usize,
    age: u32,
}

/// The home and register number of a household.
struct Household {
    home: Home,
    number: String,
}

struct BlockBuilder<'a> {
    rng: Rng,
    number: u32,
    block: Block,
    used_sequences: &'a mut HashMap<(Date, bool), u16>,
}

impl BlockBuilder<'_> {
    fn fill_block(&mut self) -> Result<(), IdFault> {
        while self.missing() > 0 {
            let (residents, kinship) = (self.block.residents.len(), self.block.kinship.len());
            self.family()?;
            if self.block.residents.len() > BLOCK as usize {
                // The family does not fit: fill the rest with single households.
                self.block.residents.truncate(residents);
                self.block.kinship.truncate(kinship);
                while self.missing() > 0 {
                    let Some(household) = self.household() else { return Ok(()) };
                    let (age, sex) = (self.rng.between(24, 72), self.sex());
                    let surname = names::surname(&mut self.rng);
                    self.person(&household, age, sex, surname, "户主")?;
                }
            }
        }
        Ok(())
    }

    fn missing(&self) -> usize {
        (BLOCK as usize).saturating_sub(self.block.residents.len())
    }

    fn sex(&mut self) -> Sex {
        if self.rng.percent(51) { Sex::Male } else { Sex::Female }
    }

    /// A family: the eldest with spouse, children and their families.
    fn family(&mut self) -> Result<(), IdFault> {
        // More old people than in a real city, so that the services for them can be tried.
        const AGES: &[(u32, (u32, u32))] = &[(10, (24, 39)), (18, (40, 54)), (26, (55, 69)), (26, (70, 84)), (20, (85, 101))];
        let (least, most) = self.rng.weighted(AGES).copied().unwrap_or((40, 54));
        let age = self.rng.between(least, most);
        let Some(household) = self.household() else { return Ok(()) };
        let surname = names::surname(&mut self.rng);
        let head = self.person(&household, age, Sex::Male, surname, "户主")?;
        self.couple(&household, Parent { place: head, age }, surname, 1)
    }

    /// The spouse of a parent, and their children.
    fn couple(&mut self, household: &Household, one: Parent, surname: &'static str, generation: u32) -> Result<(), IdFault> {
        let married = match one.age {
            ..22 => 0,
            22..30 => 45,
            _ => 88,
        };
        if !self.rng.percent(married) {
            return Ok(());
        }
        let sex_of_other = match self.block.residents.get(one.place).map(|r| r.id.sex()) {
            Some(Sex::Male) => Sex::Female,
            _ => Sex::Male,
        };
        let age = (one.age + self.rng.below(6)).saturating_sub(3).max(22);
        let own_surname = names::surname(&mut self.rng);
        let other = Parent { place: self.person(household, age, sex_of_other, own_surname, "配偶")?, age };
        let children = match one.age {
            75.. => self.rng.between(1, 4),
            60..75 => self.rng.between(1, 2),
            // Born under the one-child policy (1980 to 2015).
            38..60 => u32::from(self.rng.percent(90)) + u32::from(self.rng.percent(15)),
            _ => u32::from(self.rng.percent(70)) + u32::from(self.rng.percent(30)),
        };
        if generation >= 4 {
            return Ok(());
        }
        // Children bear their father's surname.
        let name = if sex_of_other == Sex::Male { own_surname } else { surname };
        for _ in 0..children {
            self.child(household, one, other, name, generation)?;
        }
        Ok(())
    }

    fn child(
        &mut self,
        parents: &Household,
        one: Parent,
        other: Parent,
        surname: &'static str,
        generation: u32,
    ) -> Result<(), IdFault> {
        let younger = one.age.min(other.age);
        let Some(age) = younger.checked_sub(self.rng.between(21, 33)) else { return Ok(()) };
        let sex = self.sex();
        // Most adult children have their own household.
        let leaves = age >= 24 && self.rng.percent(75);
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
            Some(household) => self.couple(&household, Parent { place, age }, surname, generation + 1),
            None => Ok(()),
        }
    }

    fn household(&mut self) -> Option<Household> {
        let home = districts::home(&mut self.rng)?;
        Some(Household { home, number: self.block.next_household(self.number) })
    }

    fn person(&mut self, h: &Household, age: u32, sex: Sex, surname: &str, role: &'static str) -> Result<usize, IdFault> {
        let mut born_on = birthday(age, self.rng.below(365));
        let id = self.number_for(&mut born_on, sex)?;
        let name = names::full(&mut self.rng, surname, sex, born_on.year());
        let dies = match age {
            ..60 => 0,
            60..80 => 4,
            _ => 14,
        };
        let status = if self.rng.percent(dies) {
            ResidentStatus::Deceased
        } else if self.rng.percent(2) {
            ResidentStatus::MovedAway
        } else {
            ResidentStatus::Alive
        };
        let place = self.block.residents.len();
        let has_phone = match age {
            ..12 => false,
            12..80 => true,
            _ => self.rng.percent(60),
        };
        self.block.residents.push(Resident {
            id,
            name,
            home: h.home.clone(),
            household: h.number.clone(),
            household_role: role,
            phone: if has_phone { phone(self.number, place) } else { None },
            status,
            // One entry in twelve was not confirmed for years.
            confirmed_days_ago: if self.rng.percent(8) { self.rng.between(900, 1500) } else { self.rng.between(1, 300) },
        });
        Ok(place)
    }

    /// A number for this birthday and sex; the birthday moves to an earlier day when it has none left.
    fn number_for(&mut self, born_on: &mut Date, sex: Sex) -> Result<ResidentId, IdFault> {
        loop {
            let used = self.used_sequences.entry((*born_on, sex == Sex::Male)).or_default();
            let sequence = *used * 2 + u16::from(sex == Sex::Male);
            if sequence < NAMED_SEQUENCES {
                *used += 1;
                return demo::resident_id(*born_on, sequence);
            }
            *born_on = born_on.checked_sub(1.day()).map_err(|_| IdFault::Date)?;
        }
    }
}

/// The birthday of a person of this age on [`REFERENCE`], so many days before the anniversary.
fn birthday(age: u32, days: u32) -> Date {
    let years = i32::try_from(age).unwrap_or(0).years();
    let turned = REFERENCE.checked_sub(years).unwrap_or(REFERENCE);
    turned.checked_sub(i64::from(days).days()).unwrap_or(turned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
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
        assert!(count(&|p| p.status == ResidentStatus::Deceased) >= 5 && count(&|p| p.status == ResidentStatus::MovedAway) >= 5);
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
        let mut used_sequences = HashMap::new();
        let mut builder =
            BlockBuilder { rng: Rng::new(1), number: 1, block: Block::default(), used_sequences: &mut used_sequences };
        let numbers: HashSet<String> =
            (0..1000).map(|_| builder.number_for(&mut date(2000, 1, 1), Sex::Male).unwrap().as_str().to_owned()).collect();
        assert_eq!(numbers.len(), 1000);
    }
}

//! The result of seeding, as `huimin seed` prints it.

use super::{
    accounts::{DemoAccount, PASSWORD},
    care::elders::button,
};
use shared::{Lang, texts::seed as text};
use std::fmt;

/// The demo city after seeding.
#[derive(Debug)]
pub struct DemoCity {
    /// The accounts to sign in with.
    pub accounts: Vec<DemoAccount>,
    /// The numbers of its rows.
    pub counts: Counts,
}

/// The numbers of rows of the demo city.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    /// Organisations.
    pub organisations: usize,
    /// Staff members.
    pub staff: usize,
    /// Entries of the population register.
    pub people: u64,
    /// Residents with accounts.
    pub residents: usize,
    /// Applications.
    pub cases: usize,
    /// Emergency calls.
    pub calls: usize,
}

impl DemoCity {
    /// The name of the elder whose call button is printed.
    fn elder(&self) -> &str {
        self.accounts.first().map_or("", |a| a.who.as_str())
    }
}

impl fmt::Display for DemoCity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = &self.counts;
        for lang in [Lang::Zh, Lang::En] {
            writeln!(
                f,
                "{}",
                text::counts(
                    lang,
                    text::CallsCasesOrganisationsPeopleResidentsStaff {
                        calls: counts.calls,
                        cases: counts.cases,
                        organisations: counts.organisations,
                        people: counts.people,
                        residents: counts.residents,
                        staff: counts.staff
                    }
                )
            )?;
        }
        writeln!(f)?;
        for lang in [Lang::Zh, Lang::En] {
            writeln!(f, "{} {}", text::only_for_trying(lang), text::accounts(lang, PASSWORD))?;
        }
        let width = self.accounts.iter().map(|a| a.contact.len()).max().unwrap_or(0);
        for a in &self.accounts {
            writeln!(f, "  {:width$}  {:32}  {}  {}", a.contact, a.totp_secret.as_deref().unwrap_or(""), a.who, a.role_text)?;
        }
        writeln!(f)?;
        for lang in [Lang::Zh, Lang::En] {
            writeln!(f, "{}", text::button(lang, self.elder()))?;
        }
        writeln!(f, "  {}", button())?;
        Ok(())
    }
}

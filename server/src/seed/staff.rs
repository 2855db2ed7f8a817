//! The staff of the demo city: in each department two caseworkers and two supervisors; for the city an auditor and an
//! administrator; in each dispatch centre two dispatchers and a chief, and in those of the districts eight responders.

use super::{
    DemoAccount,
    accounts::{self, Account, PASSWORD},
    id_of, names,
    organisations::{self, BANKS, CITY, DUTY_DESK, Organisation},
    sql_error,
};
use crate::seed::{people, rng::Dice};
use crate::{error::Result, vault::Vault};
use shared::{
    Complaint, Lang,
    account::{Role, Sex, demo},
    texts::account as text,
};
use sqlx::PgConnection;
use std::collections::HashSet;
use uuid::Uuid;

/// Who works in each department: the mailbox's first part, the role.
/// Two supervisors, because an objection is not decided by whoever approved the refusal.
const DESKS: &[(&str, Role)] = &[
    ("caseworker1", Role::Caseworker),
    ("caseworker2", Role::Caseworker),
    ("supervisor1", Role::Supervisor),
    ("supervisor2", Role::Supervisor),
];
/// Of how many banks the accounts are printed: enough to compare two offers.
const PRINTED_BANKS: usize = 2;
/// Who works for the city.
const OFFICES: &[(&str, Role)] = &[("auditor", Role::Auditor), ("administrator", Role::Administrator)];
/// Who works at the city's duty desk.
const DISPATCH: &[(&str, Role)] =
    &[("dispatcher1", Role::Dispatcher), ("dispatcher2", Role::Dispatcher), ("chief1", Role::ChiefDispatcher)];
/// Who works in a district's dispatch centre.
const CENTRE: &[(&str, Role)] = &[
    ("dispatcher1", Role::Dispatcher),
    ("dispatcher2", Role::Dispatcher),
    ("chief1", Role::ChiefDispatcher),
    ("responder1", Role::Responder),
    ("responder2", Role::Responder),
    ("responder3", Role::Responder),
    ("responder4", Role::Responder),
    ("responder5", Role::Responder),
    ("responder6", Role::Responder),
    ("responder7", Role::Responder),
    ("responder8", Role::Responder),
];
/// Of a centre's responders, so many are printed: enough to ask some at once.
const RESPONDERS_PRINTED: usize = 3;

/// Who works in each bank.
const COUNTER: &[(&str, Role)] =
    &[("officer1", Role::BankOfficer), ("officer2", Role::BankOfficer), ("supervisor1", Role::BankSupervisor)];

/// Who works in an organisation.
fn desks(organisation: &Organisation) -> &'static [(&'static str, Role)] {
    match (organisation.kind, organisation.code.as_str()) {
        (_, CITY) => OFFICES,
        (_, DUTY_DESK) => DISPATCH,
        ("centre", _) => CENTRE,
        ("bank", _) => COUNTER,
        ("financing", _) => &[],
        _ => DESKS,
    }
}

/// A member of staff.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) account: Account,
    pub(super) role: Role,
    pub(super) organisation: Organisation,
    /// Their place in the organisation, from 0.
    pub(super) place: usize,
}

impl Member {
    /// The district whose dispatch centre they work in.
    pub(super) fn district_centre(&self) -> Option<&'static str> {
        self.organisation.district.filter(|_| self.organisation.kind == "centre")
    }
}

/// Everybody, in the order of the organisations.
pub(super) fn all() -> Result<Vec<Member>, Complaint> {
    let mut all = Vec::new();
    for (number, organisation) in (0_u64..).zip(organisations::all()) {
        let mut dice = Dice::new(number + 1_000_000_000);
        for (place, (desk, role)) in desks(&organisation).iter().enumerate() {
            let mailbox = if organisation.code == CITY { (*desk).to_owned() } else { format!("{desk}.{}", organisation.code) };
            let sex = if dice.percent(50) { Sex::Female } else { Sex::Male };
            let surname = names::surname(&mut dice);
            let name = names::full(&mut dice, surname, sex, 1980);
            let account = Account { staff_name: Some(name), ..Account::new(demo::email(&mailbox)?) };
            all.push(Member { account, role: *role, organisation: organisation.clone(), place });
        }
    }
    Ok(all)
}

/// Writes those that are missing.
pub(super) async fn write(
    connection: &mut PgConnection,
    vault: &Vault,
    there: &HashSet<Uuid>,
    hash: &str,
    all: &[Member],
) -> Result<()> {
    for member in all.iter().filter(|m| !there.contains(&m.account.id)) {
        accounts::write(connection, vault, &member.account, hash).await?;
        sqlx::query(
            "INSERT INTO membership (id, account_id, organisation_id, role)
             SELECT $1, $2, o.id, $4 FROM organisation o WHERE o.code = $3 ON CONFLICT DO NOTHING",
        )
        .bind(id_of("membership", member.account.email.as_str()))
        .bind(member.account.id)
        .bind(&member.organisation.code)
        .bind(member.role.code())
        .execute(&mut *connection)
        .await
        .map_err(sql_error)?;
    }
    Ok(())
}

/// Those that are printed: the desks of the district where the cast live, and the city's.
pub(super) fn printed(all: &[Member]) -> Vec<DemoAccount> {
    let first_responder = CENTRE.iter().position(|(_, role)| *role == Role::Responder).unwrap_or(0);
    all.iter()
        .filter(|m| {
            let city = matches!(m.organisation.code.as_str(), CITY | DUTY_DESK);
            let bank = BANKS.iter().take(PRINTED_BANKS).any(|bank| bank.0 == m.organisation.code);
            city || bank || m.organisation.district == Some(people::DISTRICT)
        })
        .filter(|m| m.role != Role::Responder || m.place < first_responder + RESPONDERS_PRINTED)
        .map(|m| DemoAccount {
            who: m.account.staff_name.clone().unwrap_or_default(),
            contact: m.account.email.as_str().to_owned(),
            password: PASSWORD,
            totp_secret: Some(accounts::totp_text(&m.account.email)),
            role_text: role_text(m),
        })
        .collect()
}

fn role_text(m: &Member) -> String {
    let role = |lang| match m.role {
        Role::Caseworker => text::role_caseworker(lang),
        Role::Supervisor => text::role_supervisor(lang),
        Role::Auditor => text::role_auditor(lang),
        Role::Administrator => text::role_administrator(lang),
        Role::Dispatcher => text::role_dispatcher(lang),
        Role::ChiefDispatcher => text::role_chief_dispatcher(lang),
        Role::Responder => text::role_responder(lang),
        Role::BankOfficer => text::role_bank_officer(lang),
        Role::BankSupervisor => text::role_bank_supervisor(lang),
    };
    format!("{}{} · {}, {}", m.organisation.zh, role(Lang::Zh), role(Lang::En), m.organisation.en)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::organisations::DEPARTMENTS;

    #[test]
    fn every_department_has_two_caseworkers_and_two_supervisors() {
        let all = all().unwrap();
        for organisation in organisations::all().iter().filter(|o| o.kind == "department") {
            let roles: Vec<Role> = all.iter().filter(|m| m.organisation.code == organisation.code).map(|m| m.role).collect();
            assert_eq!(roles, [Role::Caseworker, Role::Caseworker, Role::Supervisor, Role::Supervisor]);
        }
        assert!(all.iter().all(|m| demo::is_demo_email(&m.account.email)));
        assert_eq!(all.iter().map(|m| m.account.id).collect::<HashSet<_>>().len(), all.len());
    }

    #[test]
    fn the_printed_ones_have_every_role_and_a_second_factor() {
        let printed = printed(&all().unwrap());
        let centre = CENTRE.iter().filter(|(_, role)| *role != Role::Responder).count() + RESPONDERS_PRINTED;
        let banks = COUNTER.len() * PRINTED_BANKS;
        assert_eq!(printed.len(), DESKS.len() * DEPARTMENTS.len() + OFFICES.len() + DISPATCH.len() + centre + banks);
        assert!(printed.iter().all(|a| a.totp_secret.as_ref().is_some_and(|s| s.len() == 32)));
    }
}

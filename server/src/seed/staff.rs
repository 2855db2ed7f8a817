//! The staff of the demo city: two caseworkers and two supervisors per department, an auditor and an administrator of the
//! city, two dispatchers and a chief per dispatch centre, and eight responders per district centre.

use super::{
    accounts::{self, Account, DemoAccount, PASSWORD},
    names,
    organisations::{self, BANKS, CITY, DUTY_DESK, Organisation},
    people,
    rng::Rng,
    support::{demo_id, sql_error},
};
use crate::{error::Result, vault::Vault};
use shared::{
    FieldErrorKind, Lang,
    account::{OrganisationKind, Role, Sex, demo},
    ids::{AccountId, MembershipId},
    texts::account as text,
};
use sqlx::PgConnection;
use std::collections::HashSet;

/// The staff of a department: local part of the email address, and role. There are two supervisors, because the one who
/// approved a refusal must not decide the objection.
const DEPARTMENT_STAFF: &[(&str, Role)] = &[
    ("caseworker1", Role::Caseworker),
    ("caseworker2", Role::Caseworker),
    ("supervisor1", Role::Supervisor),
    ("supervisor2", Role::Supervisor),
];
/// The number of banks whose accounts are printed: enough to compare two offers.
const PRINTED_BANKS: usize = 2;
/// The staff of the city.
const CITY_STAFF: &[(&str, Role)] = &[("auditor", Role::Auditor), ("administrator", Role::Administrator)];
/// The staff of the city's duty desk.
const DUTY_DESK_STAFF: &[(&str, Role)] =
    &[("dispatcher1", Role::Dispatcher), ("dispatcher2", Role::Dispatcher), ("chief1", Role::ChiefDispatcher)];
/// The staff of a district's dispatch centre.
const CENTRE_STAFF: &[(&str, Role)] = &[
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
/// The number of responders per centre whose accounts are printed: enough for one dispatch.
const PRINTED_RESPONDERS: usize = 3;

/// The staff of a bank.
const BANK_STAFF: &[(&str, Role)] =
    &[("officer1", Role::BankOfficer), ("officer2", Role::BankOfficer), ("supervisor1", Role::BankSupervisor)];

/// The staff of an organisation.
fn staff_of(organisation: &Organisation) -> &'static [(&'static str, Role)] {
    match organisation.kind {
        OrganisationKind::City => CITY_STAFF,
        OrganisationKind::Centre if organisation.code == DUTY_DESK => DUTY_DESK_STAFF,
        OrganisationKind::Centre => CENTRE_STAFF,
        OrganisationKind::Bank => BANK_STAFF,
        OrganisationKind::Financing => &[],
        OrganisationKind::Department => DEPARTMENT_STAFF,
    }
}

/// A staff member.
#[derive(Debug)]
pub(super) struct StaffMember {
    pub(super) account: Account,
    pub(super) role: Role,
    pub(super) organisation: Organisation,
    /// Their index in the organisation.
    pub(super) place: usize,
}

impl StaffMember {
    /// The district of the dispatch centre where they work.
    pub(super) fn district_centre(&self) -> Option<&'static str> {
        self.organisation.district.filter(|_| self.organisation.kind == OrganisationKind::Centre)
    }
}

/// The whole staff, in the order of the organisations.
pub(super) fn all() -> Result<Vec<StaffMember>, FieldErrorKind> {
    let mut all = Vec::new();
    for (number, organisation) in (0_u64..).zip(organisations::all()) {
        let mut rng = Rng::new(number + 1_000_000_000);
        for (place, (mailbox_prefix, role)) in staff_of(&organisation).iter().enumerate() {
            let mailbox = if organisation.code == CITY {
                (*mailbox_prefix).to_owned()
            } else {
                format!("{mailbox_prefix}.{}", organisation.code)
            };
            let sex = if rng.percent(50) { Sex::Female } else { Sex::Male };
            let surname = names::surname(&mut rng);
            let name = names::full(&mut rng, surname, sex, 1980);
            let account = Account { staff_name: Some(name), ..Account::new(demo::email(&mailbox)?) };
            all.push(StaffMember { account, role: *role, organisation: organisation.clone(), place });
        }
    }
    Ok(all)
}

/// Inserts the missing accounts and memberships.
pub(super) async fn write(
    connection: &mut PgConnection,
    vault: &Vault,
    existing: &HashSet<AccountId>,
    hash: &str,
    all: &[StaffMember],
) -> Result<()> {
    for member in all.iter().filter(|m| !existing.contains(&m.account.id)) {
        accounts::write(connection, vault, &member.account, hash).await?;
        sqlx::query(
            "INSERT INTO membership (id, account_id, organisation_id, role)
             SELECT $1, $2, o.id, $4 FROM organisation o WHERE o.code = $3 ON CONFLICT DO NOTHING",
        )
        .bind(demo_id::<MembershipId>("membership", member.account.email.as_str()).uuid())
        .bind(member.account.id.uuid())
        .bind(&member.organisation.code)
        .bind(member.role.code())
        .execute(&mut *connection)
        .await
        .map_err(sql_error)?;
    }
    Ok(())
}

/// The printed accounts: the staff of the district where the named people live, and of the city.
pub(super) fn printed(all: &[StaffMember]) -> Vec<DemoAccount> {
    let first_responder = CENTRE_STAFF.iter().position(|(_, role)| *role == Role::Responder).unwrap_or(0);
    all.iter()
        .filter(|m| {
            let city = matches!(m.organisation.code.as_str(), CITY | DUTY_DESK);
            let bank = BANKS.iter().take(PRINTED_BANKS).any(|bank| bank.0 == m.organisation.code);
            city || bank || m.organisation.district == Some(people::DISTRICT)
        })
        .filter(|m| m.role != Role::Responder || m.place < first_responder + PRINTED_RESPONDERS)
        .map(|m| DemoAccount {
            who: m.account.staff_name.clone().unwrap_or_default(),
            contact: m.account.email.as_str().to_owned(),
            password: PASSWORD,
            totp_secret: Some(accounts::totp_text(&m.account.email)),
            role_text: role_text(m),
        })
        .collect()
}

fn role_text(m: &StaffMember) -> String {
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
        for organisation in organisations::all().iter().filter(|o| o.kind == OrganisationKind::Department) {
            let roles: Vec<Role> = all.iter().filter(|m| m.organisation.code == organisation.code).map(|m| m.role).collect();
            assert_eq!(roles, [Role::Caseworker, Role::Caseworker, Role::Supervisor, Role::Supervisor]);
        }
        assert!(all.iter().all(|m| demo::is_demo_email(&m.account.email)));
        assert_eq!(all.iter().map(|m| m.account.id).collect::<HashSet<_>>().len(), all.len());
    }

    #[test]
    fn the_printed_ones_have_every_role_and_a_second_factor() {
        let printed = printed(&all().unwrap());
        let centre = CENTRE_STAFF.iter().filter(|(_, role)| *role != Role::Responder).count() + PRINTED_RESPONDERS;
        let banks = BANK_STAFF.len() * PRINTED_BANKS;
        assert_eq!(
            printed.len(),
            DEPARTMENT_STAFF.len() * DEPARTMENTS.len() + CITY_STAFF.len() + DUTY_DESK_STAFF.len() + centre + banks
        );
        assert!(printed.iter().all(|a| a.totp_secret.as_ref().is_some_and(|s| s.len() == 32)));
    }
}

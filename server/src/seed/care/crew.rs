//! The weekly rota of the dispatch centres, which covers every hour of the week, and the profiles of their responders.

use super::{
    super::{
        rng::Rng,
        staff::StaffMember,
        support::{demo_id, sql_error},
    },
    centres,
    positions::random_position,
};
use crate::error::Result;
use shared::{
    account::{OrganisationKind, Role},
    care::responder::{Mode, Skill},
    ids::{AccountId, RotaId},
};
use sqlx::PgConnection;
use std::collections::HashSet;

/// Days of the week (Monday is 1) with the first and the last minute of the day.
type Shift = (&'static [i16], i16, i16);

const EVERY_DAY: &[i16] = &[1, 2, 3, 4, 5, 6, 7];
const WORKING_DAYS: &[i16] = &[1, 2, 3, 4, 5];
/// Day shift: 07:00 to 19:00.
const DAYS: &[Shift] = &[(EVERY_DAY, 7 * 60, 19 * 60)];
/// Night shift: 19:00 to 07:00, in two parts.
const NIGHTS: &[Shift] = &[(EVERY_DAY, 0, 7 * 60), (EVERY_DAY, 19 * 60, 24 * 60)];
/// On call around the clock.
const ALWAYS: &[Shift] = &[(EVERY_DAY, 0, 24 * 60)];
/// Office hours: 08:30 to 17:30.
const OFFICE: &[Shift] = &[(WORKING_DAYS, 8 * 60 + 30, 17 * 60 + 30)];

/// The skills, languages, transport and shifts of a responder.
struct ResponderProfile {
    skills: &'static [Skill],
    languages: &'static [&'static str],
    mode: Mode,
    shifts: &'static [Shift],
}

const WUHAN: &[&str] = &["zh", "zh-x-wuhan"];
const ENGLISH: &[&str] = &["zh", "en"];

/// The eight responders of each centre, in the order of their mailboxes. Two are always on duty, so that the demo works at
/// any hour.
#[rustfmt::skip]
const RESPONDER_PROFILES: &[ResponderProfile] = &[
    ResponderProfile { skills: &[Skill::FirstAid, Skill::Lifting],      languages: WUHAN,   mode: Mode::Moped,     shifts: ALWAYS },
    ResponderProfile { skills: &[Skill::Nurse, Skill::Defibrillator], languages: ENGLISH, mode: Mode::Car,       shifts: ALWAYS },
    ResponderProfile { skills: &[Skill::Nurse, Skill::Dementia], languages: WUHAN,   mode: Mode::Bicycle,   shifts: DAYS },
    ResponderProfile { skills: &[Skill::FirstAid, Skill::DoorOpening], languages: WUHAN,   mode: Mode::Moped,     shifts: DAYS },
    ResponderProfile { skills: &[Skill::FirstAid, Skill::Lifting],      languages: &["zh"], mode: Mode::Car,       shifts: DAYS },
    ResponderProfile { skills: &[Skill::FirstAid],                   languages: WUHAN,   mode: Mode::Walk,      shifts: DAYS },
    ResponderProfile { skills: &[Skill::Doctor, Skill::Defibrillator], languages: ENGLISH, mode: Mode::Ambulance, shifts: NIGHTS },
    ResponderProfile { skills: &[Skill::FirstAid, Skill::DoorOpening, Skill::Lifting], languages: WUHAN, mode: Mode::Car, shifts: NIGHTS },
];

/// The profile of a responder, by their index among the centre's staff.
fn responder_profile(member: &StaffMember) -> Option<&'static ResponderProfile> {
    (member.role == Role::Responder).then(|| RESPONDER_PROFILES.get(member.place.checked_sub(3)?)).flatten()
}

/// The shifts of a staff member.
fn shifts(member: &StaffMember) -> &'static [Shift] {
    match (member.role, member.place) {
        (Role::Dispatcher, 0) => DAYS,
        (Role::Dispatcher, _) => NIGHTS,
        (Role::ChiefDispatcher, _) => OFFICE,
        _ => responder_profile(member).map_or(&[], |a| a.shifts),
    }
}

/// Inserts rota and responders of the staff whose accounts are not in `existing`.
pub(super) async fn write(connection: &mut PgConnection, existing: &HashSet<AccountId>, staff: &[StaffMember]) -> Result<()> {
    let new: Vec<&StaffMember> =
        staff.iter().filter(|m| m.organisation.kind == OrganisationKind::Centre && !existing.contains(&m.account.id)).collect();
    rota(connection, &new).await?;
    for (serial, member) in (0_u64..).zip(staff).filter(|(_, m)| new.iter().any(|n| n.account.id == m.account.id)) {
        let Some((responder_profile, centre)) = responder_profile(member).zip(member.organisation.district.and_then(centres::of))
        else {
            continue;
        };
        let (latitude, longitude) = random_position(&mut Rng::new(serial + 2_000_000_000), centre);
        sqlx::query(
            "INSERT INTO care_responder (account_id, organisation_id, skills, languages, mode, latitude, longitude, accuracy_m, located_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, 20, huimin_now()) ON CONFLICT DO NOTHING",
        )
        .bind(member.account.id.uuid())
        .bind(member.organisation.id.uuid())
        .bind(responder_profile.skills.iter().map(|s| s.code()).collect::<Vec<_>>())
        .bind(responder_profile.languages)
        .bind(responder_profile.mode.code())
        .bind(latitude)
        .bind(longitude)
        .execute(&mut *connection)
        .await
        .map_err(sql_error)?;
    }
    Ok(())
}

async fn rota(connection: &mut PgConnection, members: &[&StaffMember]) -> Result<()> {
    let (mut ids, mut organisations, mut accounts) = (Vec::new(), Vec::new(), Vec::new());
    let (mut weekdays, mut from, mut to) = (Vec::new(), Vec::new(), Vec::new());
    for member in members {
        for (days, begins, ends) in shifts(member) {
            for day in *days {
                ids.push(demo_id::<RotaId>("care_rota", &format!("{} {day} {begins}", member.account.email.as_str())).uuid());
                organisations.push(member.organisation.id.uuid());
                accounts.push(member.account.id.uuid());
                weekdays.push(*day);
                from.push(*begins);
                to.push(*ends);
            }
        }
    }
    sqlx::query(
        "INSERT INTO care_rota (id, organisation_id, account_id, weekday, from_minute, to_minute)
         SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::int2[], $5::int2[], $6::int2[]) ON CONFLICT DO NOTHING",
    )
    .bind(ids)
    .bind(organisations)
    .bind(accounts)
    .bind(weekdays)
    .bind(from)
    .bind(to)
    .execute(connection)
    .await
    .map_err(sql_error)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::{organisations::DUTY_DESK, staff};

    fn covers(members: &[&StaffMember], day: i16, minute: i16) -> bool {
        members.iter().any(|m| shifts(m).iter().any(|(days, from, to)| days.contains(&day) && (*from..*to).contains(&minute)))
    }

    #[test]
    fn at_every_hour_somebody_answers_and_a_medic_can_go() {
        let all = staff::all().unwrap();
        let centres = crate::seed::organisations::all().into_iter().filter(|o| o.kind == OrganisationKind::Centre);
        for centre in centres {
            let here = |suits: &dyn Fn(&StaffMember) -> bool| {
                all.iter().filter(|m| m.organisation.id == centre.id && suits(m)).collect::<Vec<_>>()
            };
            let desk = here(&|m| m.role == Role::Dispatcher);
            let medics = here(&|m| {
                responder_profile(m).is_some_and(|a| a.skills.contains(&Skill::Nurse) || a.skills.contains(&Skill::Doctor))
            });
            for (day, hour) in (1..=7).flat_map(|day| (0..24).map(move |hour| (day, hour))) {
                for minute in [hour * 60, hour * 60 + 59] {
                    assert!(covers(&desk, day, minute), "{} {day} {hour}", centre.code);
                    assert!(centre.code == DUTY_DESK || covers(&medics, day, minute), "{} {day} {hour}", centre.code);
                }
            }
            let responders = here(&|m| m.role == Role::Responder);
            assert_eq!(
                responders.iter().filter(|m| responder_profile(m).is_some()).count(),
                if centre.code == DUTY_DESK { 0 } else { 8 }
            );
        }
    }
}

//! The weekly rota of the dispatch centres, which covers every hour of every day, and what their responders can do.

use super::{
    super::{id_of, sql_error, staff::Member},
    around, centres,
};
use crate::error::Result;
use crate::seed::rng::Dice;
use shared::{
    account::Role,
    care::responder::{Mode, Skill},
};
use sqlx::PgConnection;
use std::collections::HashSet;
use uuid::Uuid;

/// Minutes of the day from and to, on these days of the week (Monday is 1).
type Shift = (&'static [i16], i16, i16);

const EVERY_DAY: &[i16] = &[1, 2, 3, 4, 5, 6, 7];
const WORKING_DAYS: &[i16] = &[1, 2, 3, 4, 5];
/// By day: 07:00 to 19:00.
const DAYS: &[Shift] = &[(EVERY_DAY, 7 * 60, 19 * 60)];
/// By night: 19:00 to 07:00, which is two pieces.
const NIGHTS: &[Shift] = &[(EVERY_DAY, 0, 7 * 60), (EVERY_DAY, 19 * 60, 24 * 60)];
/// On call around the clock, from home.
const ALWAYS: &[Shift] = &[(EVERY_DAY, 0, 24 * 60)];
/// In the office: 08:30 to 17:30.
const OFFICE: &[Shift] = &[(WORKING_DAYS, 8 * 60 + 30, 17 * 60 + 30)];

/// What a responder can do and how they move.
struct Able {
    skills: &'static [Skill],
    languages: &'static [&'static str],
    mode: Mode,
    shifts: &'static [Shift],
}

const WUHAN: &[&str] = &["zh", "zh-x-wuhan"];
const ENGLISH: &[&str] = &["zh", "en"];

/// The eight of each centre, in the order of their mailboxes. Two are there at any hour, so that the demo can be tried
/// at any hour.
#[rustfmt::skip]
const ABLE: &[Able] = &[
    Able { skills: &[Skill::FirstAid, Skill::Lifting],      languages: WUHAN,   mode: Mode::Moped,     shifts: ALWAYS },
    Able { skills: &[Skill::Nurse, Skill::Defibrillator], languages: ENGLISH, mode: Mode::Car,       shifts: ALWAYS },
    Able { skills: &[Skill::Nurse, Skill::Dementia], languages: WUHAN,   mode: Mode::Bicycle,   shifts: DAYS },
    Able { skills: &[Skill::FirstAid, Skill::DoorOpening], languages: WUHAN,   mode: Mode::Moped,     shifts: DAYS },
    Able { skills: &[Skill::FirstAid, Skill::Lifting],      languages: &["zh"], mode: Mode::Car,       shifts: DAYS },
    Able { skills: &[Skill::FirstAid],                   languages: WUHAN,   mode: Mode::Walk,      shifts: DAYS },
    Able { skills: &[Skill::Doctor, Skill::Defibrillator], languages: ENGLISH, mode: Mode::Ambulance, shifts: NIGHTS },
    Able { skills: &[Skill::FirstAid, Skill::DoorOpening, Skill::Lifting], languages: WUHAN, mode: Mode::Car, shifts: NIGHTS },
];

/// What a responder can do, by their place among the centre's staff.
fn able(member: &Member) -> Option<&'static Able> {
    (member.role == Role::Responder).then(|| ABLE.get(member.place.checked_sub(3)?)).flatten()
}

/// When somebody is on duty.
fn shifts(member: &Member) -> &'static [Shift] {
    match (member.role, member.place) {
        (Role::Dispatcher, 0) => DAYS,
        (Role::Dispatcher, _) => NIGHTS,
        (Role::ChiefDispatcher, _) => OFFICE,
        _ => able(member).map_or(&[], |a| a.shifts),
    }
}

/// Writes rota and responders of those whose accounts are not in `there`.
pub(super) async fn write(connection: &mut PgConnection, there: &HashSet<Uuid>, staff: &[Member]) -> Result<()> {
    let new: Vec<&Member> = staff.iter().filter(|m| m.organisation.kind == "centre" && !there.contains(&m.account.id)).collect();
    rota(connection, &new).await?;
    for (serial, member) in (0_u64..).zip(staff).filter(|(_, m)| new.iter().any(|n| n.account.id == m.account.id)) {
        let Some((able, centre)) = able(member).zip(member.organisation.district.and_then(centres::of)) else { continue };
        let (latitude, longitude) = around(&mut Dice::new(serial + 2_000_000_000), centre);
        sqlx::query(
            "INSERT INTO care_responder (account_id, organisation_id, skills, languages, mode, latitude, longitude, accuracy_m, located_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, 20, huimin_now()) ON CONFLICT DO NOTHING",
        )
        .bind(member.account.id)
        .bind(member.organisation.id)
        .bind(able.skills.iter().map(|s| s.code()).collect::<Vec<_>>())
        .bind(able.languages)
        .bind(able.mode.code())
        .bind(latitude)
        .bind(longitude)
        .execute(&mut *connection)
        .await
        .map_err(sql_error)?;
    }
    Ok(())
}

async fn rota(connection: &mut PgConnection, members: &[&Member]) -> Result<()> {
    let (mut ids, mut organisations, mut accounts) = (Vec::new(), Vec::new(), Vec::new());
    let (mut weekdays, mut from, mut to) = (Vec::new(), Vec::new(), Vec::new());
    for member in members {
        for (days, begins, ends) in shifts(member) {
            for day in *days {
                ids.push(id_of("care_rota", &format!("{} {day} {begins}", member.account.email.as_str())));
                organisations.push(member.organisation.id);
                accounts.push(member.account.id);
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

    fn covers(members: &[&Member], day: i16, minute: i16) -> bool {
        members.iter().any(|m| shifts(m).iter().any(|(days, from, to)| days.contains(&day) && (*from..*to).contains(&minute)))
    }

    #[test]
    fn at_every_hour_somebody_answers_and_a_medic_can_go() {
        let all = staff::all().unwrap();
        let centres = crate::seed::organisations::all().into_iter().filter(|o| o.kind == "centre");
        for centre in centres {
            let here = |suits: &dyn Fn(&Member) -> bool| {
                all.iter().filter(|m| m.organisation.id == centre.id && suits(m)).collect::<Vec<_>>()
            };
            let desk = here(&|m| m.role == Role::Dispatcher);
            let medics =
                here(&|m| able(m).is_some_and(|a| a.skills.contains(&Skill::Nurse) || a.skills.contains(&Skill::Doctor)));
            for (day, hour) in (1..=7).flat_map(|day| (0..24).map(move |hour| (day, hour))) {
                for minute in [hour * 60, hour * 60 + 59] {
                    assert!(covers(&desk, day, minute), "{} {day} {hour}", centre.code);
                    assert!(centre.code == DUTY_DESK || covers(&medics, day, minute), "{} {day} {hour}", centre.code);
                }
            }
            let responders = here(&|m| m.role == Role::Responder);
            assert_eq!(responders.iter().filter(|m| able(m).is_some()).count(), if centre.code == DUTY_DESK { 0 } else { 8 });
        }
    }
}

//! The organisations (单位) of the demo city: the city, its departments and their district branches, banks and dispatch
//! centres.

pub use crate::account::organisations::CITY_CODE as CITY;

use super::support::{demo_id, sql_error};
use crate::error::Result;
use shared::{account::OrganisationKind, ids::OrganisationId, registry::districts::DISTRICTS};
use sqlx::PgPool;
use uuid::Uuid;

/// The code of the city's duty desk (城市值班台), which exists without the demo, too.
pub const DUTY_DESK: &str = "dispatch-city";
/// The id of the duty desk, as in the migration that creates it.
pub(super) const DUTY_DESK_ID: OrganisationId = OrganisationId::from_uuid(Uuid::from_u128(0x8000_8000_0000_0000_0120));

/// A department with its district branches.
#[derive(Debug)]
pub(super) struct Department {
    /// The code of the city's department; a branch has `<code>-<district>`, as in routing rules.
    pub(super) code: &'static str,
    /// The name of the city's department.
    zh: &'static str,
    en: &'static str,
    /// The name of a branch, after the name of its district.
    branch_zh: &'static str,
    branch_en: &'static str,
}

/// The departments that the catalogue routes applications to and that pillars open cases at.
#[rustfmt::skip]
pub(super) const DEPARTMENTS: &[Department] = &[
    Department { code: "civil-affairs", zh: "武汉市民政局", en: "Wuhan Civil Affairs Bureau", branch_zh: "民政局", branch_en: "Civil Affairs Bureau" },
    Department { code: "health", zh: "武汉市卫生健康委员会", en: "Wuhan Health Commission", branch_zh: "卫生健康局", branch_en: "Health Bureau" },
    Department { code: "housing", zh: "武汉市住房保障和房屋管理局", en: "Wuhan Housing Bureau", branch_zh: "住房保障和房屋管理局", branch_en: "Housing Bureau" },
];

/// The banks: code, Chinese and English name. They are fictitious and their names say so.
#[rustfmt::skip]
pub(super) const BANKS: &[(&str, &str, &str)] = &[
    ("bank-donghu", "东湖银行（演示）", "Donghu Bank (demo)"),
    ("bank-huanghe", "黄鹤银行（演示）", "Huanghe Bank (demo)"),
    ("bank-guishan", "龟山银行（演示）", "Guishan Bank (demo)"),
    ("bank-mulan", "木兰银行（演示）", "Mulan Bank (demo)"),
    ("bank-qingchuan", "晴川银行（演示）", "Qingchuan Bank (demo)"),
];

/// An organisation to be inserted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Organisation {
    pub(super) id: OrganisationId,
    pub(super) code: String,
    pub(super) kind: OrganisationKind,
    pub(super) district: Option<&'static str>,
    pub(super) zh: String,
    pub(super) en: String,
}

fn organisation(code: String, kind: OrganisationKind, district: Option<&'static str>, zh: String, en: String) -> Organisation {
    Organisation { id: demo_id("organisation", &code), code, kind, district, zh, en }
}

/// Every organisation of the demo city.
pub(super) fn all() -> Vec<Organisation> {
    let mut all = vec![organisation(
        CITY.to_owned(),
        OrganisationKind::City,
        None,
        "武汉市政务服务管理局".to_owned(),
        "Wuhan Government Services".to_owned(),
    )];
    for d in DEPARTMENTS {
        all.push(organisation(d.code.to_owned(), OrganisationKind::Department, None, d.zh.to_owned(), d.en.to_owned()));
        all.extend(DISTRICTS.iter().map(|place| {
            organisation(
                format!("{}-{}", d.code, place.code),
                OrganisationKind::Department,
                Some(place.code),
                format!("{}{}", place.zh, d.branch_zh),
                format!("{} {}", place.en, d.branch_en),
            )
        }));
    }
    let financing = crate::finance::demand::CENTRE.to_owned();
    let (zh, en) = ("武汉市融资服务中心".to_owned(), "Wuhan Financing Service Centre".to_owned());
    all.push(organisation(financing, OrganisationKind::Financing, None, zh, en));
    all.extend(BANKS.iter().map(|(code, zh, en)| {
        organisation((*code).to_owned(), OrganisationKind::Bank, None, (*zh).to_owned(), (*en).to_owned())
    }));
    all.extend(DISTRICTS.iter().map(|place| {
        organisation(
            format!("dispatch-{}", place.code),
            OrganisationKind::Centre,
            Some(place.code),
            format!("{}应急调度中心", place.zh),
            format!("{} Dispatch Centre", place.en),
        )
    }));
    all.push(Organisation {
        id: DUTY_DESK_ID,
        ..organisation(
            DUTY_DESK.to_owned(),
            OrganisationKind::Centre,
            None,
            "武汉市应急值班台".to_owned(),
            "Wuhan Duty Desk".to_owned(),
        )
    });
    all
}

/// Inserts the missing organisations.
pub(super) async fn write(owner: &PgPool) -> Result<()> {
    for o in all() {
        sqlx::query(
            "INSERT INTO organisation (id, code, kind, district, name_zh, name_en) VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT DO NOTHING",
        )
        .bind(o.id.uuid())
        .bind(o.code)
        .bind(o.kind.code())
        .bind(o.district)
        .bind(o.zh)
        .bind(o.en)
        .execute(owner)
        .await
        .map_err(sql_error)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::services::Item;

    #[test]
    fn every_organisation_that_a_routing_rule_can_name_exists() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/catalogue");
        let known = all();
        let exists = |code: &str| known.iter().any(|o| o.code == code);
        let mut codes = 0;
        for file in std::fs::read_dir(folder).unwrap() {
            let item = Item::parse(&std::fs::read_to_string(file.unwrap().path()).unwrap()).unwrap();
            for route in &item.routing {
                let places = route.placeholders().unwrap();
                for district in DISTRICTS {
                    let fill = |code: String, path: &&str| code.replace(&format!("{{{path}}}"), district.code);
                    let code = places.iter().fold(route.to.clone(), fill);
                    assert!(exists(&code), "{}: {code}", item.code);
                    codes += 1;
                }
            }
        }
        assert!(codes > 13);
    }

    #[test]
    fn codes_and_ids_are_unique() {
        let all = all();
        assert_eq!(all.len(), 1 + DEPARTMENTS.len() * 14 + 14 + 1 + BANKS.len());
        assert_eq!(DUTY_DESK_ID.to_string(), "00000000-0000-8000-8000-000000000120");
        assert!(all.iter().all(|o| all.iter().filter(|p| p.code == o.code || p.id == o.id).count() == 1));
    }
}

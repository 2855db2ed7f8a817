//! The districts of the demo city with some of their streets and their share of the population.

use super::{rng::Rng, support::sql_error};
use crate::error::Result;
use shared::registry::{District, districts::DISTRICTS};
use sqlx::PgPool;

/// The streets and the population of a district.
#[derive(Debug)]
pub(super) struct DistrictData {
    code: &'static str,
    /// Its approximate share of the population in percent (seventh census, 第七次全国人口普查, 2020).
    share: u32,
    /// Some of its street offices and towns (街道、镇).
    streets: &'static [&'static str],
    /// Some roads, one per street office, in the same order.
    roads: &'static [&'static str],
}

const fn data(code: &'static str, share: u32, streets: &'static [&'static str], roads: &'static [&'static str]) -> DistrictData {
    DistrictData { code, share, streets, roads }
}

/// One row per district.
#[rustfmt::skip]
const DISTRICT_DATA: &[DistrictData] = &[
    data("420102", 8,  &["大智街道", "一元街道", "车站街道", "二七街道", "后湖街道"],      &["中山大道", "洞庭街", "车站路", "解放大道", "后湖大道"]),
    data("420103", 6,  &["民族街道", "民权街道", "前进街道", "唐家墩街道", "常青街道"],    &["民族路", "民权路", "前进一路", "唐家墩路", "青年路"]),
    data("420104", 6,  &["汉正街道", "六角亭街道", "宝丰街道", "古田街道", "宗关街道"],    &["汉正街", "崇仁路", "宝丰路", "古田二路", "建设大道"]),
    data("420105", 8,  &["鹦鹉街道", "建桥街道", "琴断口街道", "江堤街道", "永丰街道"],    &["鹦鹉大道", "汉阳大道", "琴断口路", "江堤中路", "永丰路"]),
    data("420106", 11, &["中华路街道", "粮道街街道", "徐家棚街道", "水果湖街道", "珞珈山街道", "南湖街道"], &["中华路", "粮道街", "和平大道", "水果湖路", "珞珈山路", "文馨街"]),
    data("420107", 5,  &["红钢城街道", "钢花村街道", "冶金街道", "工人村街道"],            &["红钢城大街", "和平大道", "冶金大道", "工人村路"]),
    data("420111", 20, &["珞南街道", "关山街道", "狮子山街道", "洪山街道", "和平街道"],    &["珞瑜路", "关山大道", "狮子山街", "文治街", "和平大道"]),
    data("420112", 7,  &["吴家山街道", "长青街道", "将军路街道", "金银湖街道"],            &["吴中街", "长青路", "将军路", "金银湖路"]),
    data("420113", 2,  &["纱帽街道", "邓南街道", "东荆街道"],                              &["纱帽大道", "邓南路", "东荆路"]),
    data("420114", 7,  &["蔡甸街道", "奓山街道", "侏儒山街道", "张湾街道"],                &["蔡甸大街", "奓山街", "侏儒大街", "张湾大街"]),
    data("420115", 8,  &["纸坊街道", "金口街道", "郑店街道", "五里界街道"],                &["纸坊大街", "金口大道", "郑店街", "五里界大街"]),
    data("420116", 7,  &["前川街道", "横店街道", "盘龙城经济开发区", "祁家湾街道"],        &["前川大道", "横店街", "盘龙大道", "祁家湾大街"]),
    data("420117", 5,  &["邾城街道", "阳逻街道", "仓埠街道", "汪集街道"],                  &["邾城大街", "阳逻大道", "仓埠街", "汪集大街"]),
];

/// The home of a household.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Home {
    pub(super) district: &'static District,
    pub(super) street: &'static str,
    /// Road, house and flat.
    pub(super) address: String,
}

/// A random home; districts are drawn by their share of the population.
pub(super) fn home(rng: &mut Rng) -> Option<Home> {
    let mut at = rng.below(DISTRICT_DATA.iter().map(|p| p.share).sum());
    let data = DISTRICT_DATA.iter().find(|p| {
        let here = at < p.share;
        at = at.saturating_sub(p.share);
        here
    })?;
    home_at(rng, data)
}

/// A random home in a district.
pub(super) fn home_in(rng: &mut Rng, district: &str) -> Option<Home> {
    home_at(rng, DISTRICT_DATA.iter().find(|p| p.code == district)?)
}

fn home_at(rng: &mut Rng, data: &DistrictData) -> Option<Home> {
    let (street, road) =
        data.streets.iter().zip(data.roads).nth(usize::try_from(rng.below(u32::try_from(data.streets.len()).ok()?)).ok()?)?;
    let (house, building, unit) = (rng.between(1, 398), rng.between(1, 18), rng.between(1, 4));
    let (floor, flat) = (rng.between(1, 18), rng.between(1, 4));
    Some(Home {
        district: shared::registry::districts::find(data.code)?,
        street,
        address: format!("{road}{house}号{building}栋{unit}单元{floor}{flat:02}室"),
    })
}

/// Inserts the missing districts.
pub(super) async fn write(owner: &PgPool) -> Result<()> {
    for district in DISTRICTS {
        sqlx::query("INSERT INTO district (code, name_zh, name_en) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING")
            .bind(district.code)
            .bind(district.zh)
            .bind(district.en)
            .execute(owner)
            .await
            .map_err(sql_error)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_district_has_streets_and_homes() {
        assert_eq!(
            DISTRICT_DATA.iter().map(|p| p.code).collect::<Vec<_>>(),
            DISTRICTS.iter().map(|d| d.code).collect::<Vec<_>>()
        );
        assert_eq!(DISTRICT_DATA.iter().map(|p| p.share).sum::<u32>(), 100);
        for data in DISTRICT_DATA {
            assert_eq!(data.streets.len(), data.roads.len());
            let home = home_in(&mut Rng::new(1), data.code).unwrap();
            assert_eq!(home.district.code, data.code);
            assert!(data.streets.contains(&home.street));
        }
        assert!(home(&mut Rng::new(2)).is_some());
    }
}

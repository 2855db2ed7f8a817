//! Random names of the demo city: common surnames with common given names.

use super::rng::Rng;
use shared::account::Sex;

/// The most common surnames (百家姓) with their approximate frequency per thousand people, after the Ministry of Public
/// Security's report on names of 2020 (二〇二〇年全国姓名报告).
#[rustfmt::skip]
const SURNAMES: &[(u32, &str)] = &[
    (72, "王"), (71, "李"), (67, "张"), (54, "刘"), (46, "陈"), (31, "杨"), (23, "黄"), (22, "赵"), (20, "吴"), (20, "周"),
    (14, "徐"), (13, "孙"), (13, "马"), (12, "朱"), (12, "胡"), (11, "郭"), (11, "何"), (10, "林"), (10, "高"), (10, "罗"),
    (9, "郑"), (9, "梁"), (8, "谢"), (7, "宋"), (7, "唐"), (7, "许"), (6, "邓"), (6, "冯"), (6, "韩"), (6, "曹"),
    (6, "曾"), (6, "彭"), (6, "萧"), (5, "蔡"), (5, "潘"), (5, "田"), (5, "董"), (5, "袁"), (5, "于"), (4, "余"),
    (4, "叶"), (4, "蒋"), (4, "杜"), (4, "苏"), (4, "魏"), (4, "程"), (4, "吕"), (4, "丁"), (3, "沈"), (3, "任"),
];

/// Given names by generation: born before 1960, before 1985, and later.
#[rustfmt::skip]
const WOMEN: [&[&str]; 3] = [
    &["桂英", "秀英", "玉兰", "淑珍", "秀兰", "玉珍", "凤英", "桂兰", "秀珍", "素珍", "玉梅", "翠英", "春兰", "菊香", "腊梅", "冬梅", "幺妹", "爱华"],
    &["丽华", "红梅", "建华", "秀芳", "小红", "艳", "丽娟", "敏", "静", "丽萍", "燕", "汉芳", "琼", "萍", "红霞", "玲", "莉", "小燕"],
    &["雨欣", "梓涵", "诗涵", "思琪", "欣怡", "雅婷", "佳怡", "一诺", "梦瑶", "若曦", "子萱", "婷", "晨曦", "雪", "楚楚", "可馨", "依诺", "语桐"],
];
#[rustfmt::skip]
const MEN: [&[&str]; 3] = [
    &["建国", "德胜", "国华", "志明", "光荣", "汉生", "长江", "福生", "大喜", "金山", "家旺", "永福", "正华", "明德", "世昌", "启发", "先武", "开明"],
    &["建军", "志强", "伟", "勇", "军", "斌", "卫东", "海波", "涛", "俊", "汉桥", "刚", "国庆", "新华", "文斌", "建平", "立新", "红兵"],
    &["浩然", "子轩", "宇航", "俊杰", "梓豪", "明轩", "天宇", "博文", "浩宇", "一鸣", "嘉豪", "睿", "晨", "楚天", "思远", "奕辰", "沐宸", "鹏"],
];

/// A random surname.
pub(super) fn surname(rng: &mut Rng) -> &'static str {
    rng.weighted(SURNAMES).copied().unwrap_or("王")
}

/// A random full name for a person of this sex and year of birth.
pub(super) fn full(rng: &mut Rng, surname: &str, sex: Sex, born_in: i16) -> String {
    let [old, middle, young] = if sex == Sex::Female { WOMEN } else { MEN };
    let given = rng.pick(match born_in {
        ..1960 => old,
        1960..1985 => middle,
        _ => young,
    });
    format!("{surname}{}", given.copied().unwrap_or("华"))
}

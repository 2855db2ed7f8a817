//! Turns `texts/*.toml` into one function a text, so that a missing language, a missing placeholder or a
//! misspelt key is a compile error, and a browser build carries only the texts it uses; and `data/holidays-*.toml`
//! into the working-day calendar, so that a day that does not exist is a compile error, too.

use std::{collections::BTreeSet, env, fmt::Write as _, fs, path::Path};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Outcome<()> {
    println!("cargo::rerun-if-changed=texts");
    println!("cargo::rerun-if-changed=data");
    let mut code = String::new();
    let mut files: Vec<_> = fs::read_dir("texts")?.collect::<Result<Vec<_>, _>>()?.into_iter().map(|f| f.path()).collect();
    files.sort();
    for path in files.iter().filter(|p| p.extension().is_some_and(|e| e == "toml")) {
        let room = path.file_stem().and_then(|s| s.to_str()).ok_or("a text file needs a name")?;
        write_room(&mut code, room, path)?;
    }
    fs::write(Path::new(&env::var("OUT_DIR")?).join("texts.rs"), code)?;
    fs::write(Path::new(&env::var("OUT_DIR")?).join("calendar.rs"), calendar()?)?;
    Ok(())
}

/// The published years, ascending by the names of their files.
fn calendar() -> Outcome<String> {
    let mut files: Vec<_> = fs::read_dir("data")?.collect::<Result<Vec<_>, _>>()?.into_iter().map(|f| f.path()).collect();
    files.retain(|p| p.extension().is_some_and(|e| e == "toml"));
    files.sort();
    let mut code = String::from("static YEARS: &[Year] = &[");
    for path in files {
        let table: toml::Table = fs::read_to_string(&path)?.parse().map_err(|e| format!("{}: {e}", path.display()))?;
        let year = year(&table).ok_or_else(|| format!("{}: needs year, source and [[holiday]]s", path.display()))?;
        code.push_str(&year);
    }
    code.push_str("];");
    Ok(code)
}

fn year(table: &toml::Table) -> Option<String> {
    let (year, source) = (table.get("year")?.as_integer()?, table.get("source")?.as_str()?);
    let mut code = format!("Year {{ year: {year}, source: {source:?}, holidays: &[");
    for holiday in table.get("holiday")?.as_array()? {
        let name = |lang: &str| holiday.get("name")?.get(lang)?.as_str();
        let day = |key: &str| date(holiday.get(key)?);
        let make_up: Option<Vec<String>> = holiday.get("make_up")?.as_array()?.iter().map(date).collect();
        write!(
            code,
            "Holiday {{ zh: {:?}, en: {:?}, first: {}, last: {}, make_up: &[{}] }},",
            name("zh")?,
            name("en")?,
            day("first")?,
            day("last")?,
            make_up?.join(", ")
        )
        .ok()?;
    }
    code.push_str("] },");
    Some(code)
}

/// `2025-01-28` as an expression that does not compile unless that day exists.
fn date(value: &toml::Value) -> Option<String> {
    let parts: Option<Vec<u16>> = value.as_str()?.split('-').map(|part| part.parse().ok()).collect();
    match parts?.as_slice() {
        [year, month, day] => Some(format!("const {{ date({year}, {month}, {day}) }}")),
        _ => None,
    }
}

fn write_room(code: &mut String, room: &str, path: &Path) -> Outcome<()> {
    let table: toml::Table = fs::read_to_string(path)?.parse().map_err(|e| format!("{}: {e}", path.display()))?;
    writeln!(code, "/// Texts of the room `{room}`.\npub mod {room} {{\nuse super::Lang;")?;
    let mut plain = String::new();
    let mut records = BTreeSet::new();
    for (key, value) in &table {
        let text = |lang: &str| {
            value.get(lang).and_then(toml::Value::as_str).ok_or_else(|| format!("{}: {key} has no {lang}", path.display()))
        };
        let (zh, en) = (text("zh")?, text("en")?);
        let args = placeholders(zh);
        if args != placeholders(en) {
            return Err(format!("{}: {key}: the languages differ in their placeholders", path.display()).into());
        }
        writeln!(code, "/// {}", zh.replace('\n', " "))?;
        if args.is_empty() {
            writeln!(
                code,
                "#[must_use] pub const fn {key}(lang: Lang) -> &'static str {{ match lang {{ Lang::Zh => {zh:?}, Lang::En => {en:?} }} }}"
            )?;
            writeln!(plain, "{key:?} => {key}(lang),")?;
        } else {
            let names: Vec<&str> = args.iter().map(String::as_str).collect();
            // Two values could be swapped unseen, so several are given by name.
            let (generics, param, taken) = if let [name] = names[..] {
                (String::new(), format!("{name}: impl std::fmt::Display"), String::new())
            } else {
                let (record, types) = (record_of(&names), generics_of(&names));
                let param = format!("values: {record}<{}>", types.join(", "));
                let bounds: Vec<String> = types.iter().map(|t| format!("{t}: std::fmt::Display")).collect();
                (format!("<{}>", bounds.join(", ")), param, format!("let {record} {{ {} }} = values;", names.join(", ")))
            };
            writeln!(
                code,
                "#[must_use] pub fn {key}{generics}(lang: Lang, {param}) -> String {{ {taken} match lang {{ Lang::Zh => format!({zh:?}), Lang::En => format!({en:?}) }} }}",
            )?;
            records.insert(args);
        }
    }
    for args in records.iter().filter(|args| args.len() > 1) {
        let names: Vec<&str> = args.iter().map(String::as_str).collect();
        let types = generics_of(&names);
        let fields: Vec<String> = names.iter().zip(&types).map(|(n, t)| format!("/// For `{{{n}}}`.\npub {n}: {t},")).collect();
        writeln!(
            code,
            "/// What fills the places of a text, by name.\n#[derive(Clone, Copy, Debug)]\npub struct {}<{}> {{ {} }}",
            record_of(&names),
            types.join(", "),
            fields.join("\n")
        )?;
    }
    // A room whose every text has placeholders finds none.
    let found = if plain.is_empty() {
        "let _ = (lang, key); None".to_owned()
    } else {
        format!("Some(match key {{ {plain} _ => return None }})")
    };
    writeln!(
        code,
        "/// The text of a key that is made at run time (a state, an action); `None` for one that is not there.\n#[must_use] pub fn find(lang: Lang, key: &str) -> Option<&'static str> {{ {found} }}\n}}"
    )?;
    Ok(())
}

/// The type whose fields have these names: `number` and `title` make `NumberTitle`.
fn record_of(names: &[&str]) -> String {
    let words = names.iter().flat_map(|n| n.split('_'));
    words.flat_map(|w| w.chars().take(1).flat_map(char::to_uppercase).chain(w.chars().skip(1)).collect::<Vec<_>>()).collect()
}

/// One type a field, as what is filled in may be text, a number or a date.
fn generics_of(names: &[&str]) -> Vec<String> {
    (1..=names.len()).map(|n| format!("T{n}")).collect()
}

fn placeholders(text: &str) -> BTreeSet<String> {
    text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name.to_owned()).collect()
}

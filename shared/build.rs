//! Turns `texts/*.toml` into one function a text, so that a missing language, a missing placeholder or a
//! misspelt key is a compile error, and a browser build carries only the texts it uses.

use std::{collections::BTreeSet, env, fmt::Write as _, fs, path::Path};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Outcome<()> {
    println!("cargo::rerun-if-changed=texts");
    let mut code = String::new();
    let mut files: Vec<_> = fs::read_dir("texts")?.collect::<Result<Vec<_>, _>>()?.into_iter().map(|f| f.path()).collect();
    files.sort();
    for path in files.iter().filter(|p| p.extension().is_some_and(|e| e == "toml")) {
        let room = path.file_stem().and_then(|s| s.to_str()).ok_or("a text file needs a name")?;
        write_room(&mut code, room, path)?;
    }
    fs::write(Path::new(&env::var("OUT_DIR")?).join("texts.rs"), code)?;
    Ok(())
}

fn write_room(code: &mut String, room: &str, path: &Path) -> Outcome<()> {
    let table: toml::Table = fs::read_to_string(path)?.parse().map_err(|e| format!("{}: {e}", path.display()))?;
    writeln!(code, "/// Texts of the room `{room}`.\npub mod {room} {{\nuse super::Lang;")?;
    let mut plain = String::new();
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
            let params: Vec<String> = args.iter().map(|a| format!("{a}: impl std::fmt::Display")).collect();
            writeln!(
                code,
                "#[must_use] pub fn {key}(lang: Lang, {}) -> String {{ match lang {{ Lang::Zh => format!({zh:?}), Lang::En => format!({en:?}) }} }}",
                params.join(", ")
            )?;
        }
    }
    writeln!(
        code,
        "/// The text of a key that is made at run time (a state, an action); `None` for one that is not there.\n#[must_use] pub fn find(lang: Lang, key: &str) -> Option<&'static str> {{ let _ = lang; Some(match key {{ {plain} _ => return None }}) }}\n}}"
    )?;
    Ok(())
}

fn placeholders(text: &str) -> BTreeSet<String> {
    text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name.to_owned()).collect()
}

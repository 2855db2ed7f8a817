//! Lists the catalogue files, so that a new service item is a new file and nothing else.

use std::{env, fmt::Write as _, fs, path::Path};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-changed=catalogue");
    let folder = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("catalogue");
    let mut files: Vec<_> = fs::read_dir(&folder)?.collect::<Result<Vec<_>, _>>()?.into_iter().map(|f| f.path()).collect();
    files.retain(|f| f.extension().is_some_and(|e| e == "toml"));
    files.sort();
    let mut code = String::from("&[");
    for path in &files {
        let name = path.file_name().and_then(|n| n.to_str()).ok_or("a catalogue file needs a name")?;
        write!(code, "({name:?}, include_str!({path:?})),")?;
    }
    code.push(']');
    fs::write(Path::new(&env::var("OUT_DIR")?).join("catalogue.rs"), code)?;
    Ok(())
}

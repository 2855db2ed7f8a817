//! Tests the import rules of every layer: no circles between modules or between the files of a module, no imports of a higher
//! layer, and no imports between pillars. Code under `mod tests` is exempt.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests may panic")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

/// The layers from the lowest to the highest; a layer imports only those before it.
const LAYERS: [&str; 3] = ["shared", "server", "app"];
/// The pillars, which never import each other.
const PILLARS: [&str; 3] = ["services", "care", "finance"];
/// A path as segments.
type Names = Vec<String>;

/// Splits source into identifiers and single punctuation characters, without comments, strings and characters.
fn tokens(source: &str) -> Vec<String> {
    let chars: Vec<char> = source.chars().collect();
    let (mut found, mut at) = (Vec::new(), 0);
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    while at < chars.len() {
        let rest = &chars[at..];
        let c = rest[0];
        if rest.starts_with(&['/', '/']) {
            at += rest.iter().position(|c| *c == '\n').unwrap_or(rest.len());
        } else if is_word(c) {
            let length = rest.iter().position(|c| !is_word(*c)).unwrap_or(rest.len());
            let hashes = rest[length..].iter().take_while(|c| **c == '#').count();
            if matches!(&rest[..length], ['r'] | ['b', 'r']) && rest.get(length + hashes) == Some(&'"') {
                let end: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
                let body = length + hashes + 1;
                at += body + rest[body..].windows(end.len()).position(|w| w == end).unwrap() + end.len();
            } else {
                found.push(rest[..length].iter().collect());
                at += length;
            }
        } else if c == '"' {
            let mut end = 1;
            while rest[end] != '"' {
                end += if rest[end] == '\\' { 2 } else { 1 };
            }
            at += end + 1;
        } else if c == '\'' && (rest.get(1) == Some(&'\\') || rest.get(2) == Some(&'\'')) {
            at += 3 + rest[3.min(rest.len())..]
                .iter()
                .position(|c| *c == '\'')
                .map_or(0, |more| if rest[1] == '\\' { more + 1 } else { 0 });
        } else {
            if !c.is_whitespace() {
                found.push(c.to_string());
            }
            at += 1;
        }
    }
    found
}

/// Reads a `use` tree from `at`; adds its paths and returns the position after it.
fn use_tree(tokens: &[String], mut at: usize, prefix: &[String], paths: &mut Vec<Names>) -> usize {
    let mut path = prefix.to_vec();
    loop {
        match tokens[at].as_str() {
            "{" => {
                at += 1;
                while tokens[at] != "}" {
                    at = use_tree(tokens, at, &path, paths);
                    at += usize::from(tokens[at] == ",");
                }
                return at + 1;
            }
            ":" => at += 1,
            "," | ";" | "}" => break,
            "as" => at += 2,
            word => {
                path.push(word.to_owned());
                at += 1;
            }
        }
    }
    paths.push(path);
    at
}

/// The imports of a file: paths of `use` and inline paths, each with the inline modules around it.
fn imports(source: &str) -> Vec<(Names, Names)> {
    let tokens = tokens(source);
    let (mut found, mut braces, mut at) = (Vec::new(), Vec::<Option<String>>::new(), 0);
    while at < tokens.len() {
        let inline: Names = braces.iter().flatten().cloned().collect();
        match tokens[at].as_str() {
            "mod" if tokens.get(at + 2).is_some_and(|t| t == "{") => {
                braces.push(Some(tokens[at + 1].clone()));
                at += 3;
                continue;
            }
            "{" => braces.push(None),
            "}" => drop(braces.pop()),
            // `use<…>` is a bound, not an import.
            "use" if tokens[at + 1] != "<" => {
                let mut paths = Vec::new();
                at = use_tree(&tokens, at + 1, &[], &mut paths);
                found.extend(paths.into_iter().map(|path| (inline.clone(), path)));
                continue;
            }
            "crate" | "super" | "server" | "shared" | "app" if tokens.get(at + 1).is_some_and(|t| t == ":") => {
                let mut path = vec![tokens[at].clone()];
                while tokens.get(at + 1).is_some_and(|t| t == ":")
                    && tokens.get(at + 3).is_some_and(|t| t.starts_with(char::is_alphabetic))
                {
                    path.push(tokens[at + 3].clone());
                    at += 3;
                }
                found.push((inline, path));
            }
            _ => {}
        }
        at += 1;
    }
    found.retain(|(inline, _)| !inline.iter().any(|name| name == "tests"));
    found
}

/// Source files of a layer by the path of their module.
fn sources(folder: &Path, module: &[String], found: &mut BTreeMap<Names, String>) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        if entry.path().is_dir() {
            sources(&entry.path(), &[module, &[name]].concat(), found);
        } else if let Some(name) = name.strip_suffix(".rs").filter(|name| *name != "main") {
            let module_path = if matches!(name, "mod" | "lib") { module.to_vec() } else { [module, &[name.to_owned()]].concat() };
            found.insert(module_path, fs::read_to_string(entry.path()).unwrap());
        }
    }
}

/// The imports of a layer that the tests check.
#[derive(Default)]
struct Layer {
    /// Importing and imported module of this layer.
    edges: BTreeSet<(Names, Names)>,
    /// Imports of a higher layer.
    upward: Vec<String>,
}

/// The absolute path of an import within the layer; none for a path out of it.
fn absolute(files: &BTreeMap<Names, String>, module: &[String], inline: &[String], path: &[String]) -> Option<Names> {
    let mut base = [module, inline].concat();
    let mut rest = path;
    match path[0].as_str() {
        "crate" => return Some(path[1..].to_vec()),
        "super" | "self" => {
            while let Some(first @ ("super" | "self")) = rest.first().map(String::as_str) {
                base.truncate(base.len() - usize::from(first == "super"));
                rest = &rest[1..];
            }
        }
        first if !files.contains_key(&[module, &[first.to_owned()]].concat()) => return None,
        _ => base = module.to_vec(),
    }
    Some([&base, rest].concat())
}

fn read_layer(name: &str) -> Layer {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join(name).join("src");
    let mut files = BTreeMap::new();
    sources(&root, &[], &mut files);
    let height = LAYERS.iter().position(|layer| *layer == name).unwrap();
    // Names that the root re-exports, and where they come from.
    let exported: BTreeMap<String, Names> =
        imports(&files[&Vec::new()]).into_iter().filter_map(|(_, path)| Some((path.last()?.clone(), path))).collect();
    let mut layer = Layer::default();
    for (module, source) in files.iter().filter(|(module, _)| !module.is_empty()) {
        for (inline, path) in imports(source) {
            if LAYERS.iter().skip(height + 1).any(|higher| path[0] == *higher) {
                layer.upward.push(format!("{name}::{} imports {}", module.join("::"), path.join("::")));
            }
            let Some(mut target) = absolute(&files, module, &inline, &path) else { continue };
            if let Some(origin) =
                target.first().filter(|first| !files.contains_key(&vec![(*first).clone()])).and_then(|f| exported.get(f))
            {
                target = origin.clone();
            }
            while !files.contains_key(&target) {
                target.pop();
            }
            if target != *module && !target.is_empty() {
                layer.edges.insert((module.clone(), target));
            }
        }
    }
    layer
}

/// The circles of a graph: groups of nodes that reach each other.
fn circles(edges: &BTreeSet<(String, String)>) -> Vec<BTreeSet<String>> {
    let mut reached: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (from, _) in edges {
        let (mut seen, mut queue) = (BTreeSet::new(), vec![from.as_str()]);
        while let Some(node) = queue.pop() {
            queue.extend(edges.iter().filter(|(a, _)| a == node).map(|(_, b)| b.as_str()).filter(|b| seen.insert(*b)));
        }
        reached.insert(from, seen);
    }
    let reaches = |a: &str, b: &str| reached.get(a).is_some_and(|seen| seen.contains(b));
    let groups: BTreeSet<BTreeSet<String>> = reached
        .iter()
        .map(|(node, seen)| seen.iter().filter(|other| reaches(other, node)).map(|other| (*other).to_owned()).collect())
        .collect();
    groups.into_iter().filter(|group| group.len() > 1).collect()
}

/// Every circle of a layer with its scope: the layer for circles of modules, the module for circles of its files.
fn layer_circles(name: &str) -> Vec<(String, BTreeSet<String>)> {
    let edges = read_layer(name).edges;
    let tops: BTreeSet<_> = edges.iter().filter(|(a, b)| a[0] != b[0]).map(|(a, b)| (a[0].clone(), b[0].clone())).collect();
    let mut found: Vec<_> = circles(&tops).into_iter().map(|circle| (name.to_owned(), circle)).collect();
    for top in edges.iter().map(|(a, _)| &a[0]).collect::<BTreeSet<_>>() {
        let files: BTreeSet<_> =
            edges.iter().filter(|(a, b)| a[0] == *top && b[0] == *top).map(|(a, b)| (a.join("::"), b.join("::"))).collect();
        found.extend(circles(&files).into_iter().map(|circle| (format!("{name}::{top}"), circle)));
    }
    found
}

#[test]
fn modules_and_files_have_no_circular_imports() {
    let found: Vec<_> = LAYERS.iter().flat_map(|layer| layer_circles(layer)).collect();
    assert!(found.is_empty(), "import circles: {found:#?}");
}

#[test]
fn no_layer_imports_a_higher_one() {
    let upward: Vec<String> = LAYERS.iter().flat_map(|layer| read_layer(layer).upward).collect();
    assert_eq!(upward, Vec::<String>::new());
}

#[test]
fn pillars_do_not_import_each_other() {
    let mut found = BTreeSet::new();
    for layer in LAYERS {
        for (from, to) in read_layer(layer).edges {
            let is_between_pillars = from[0] != to[0] && [&from, &to].iter().all(|m| PILLARS.contains(&m[0].as_str()));
            found.extend(is_between_pillars.then(|| format!("{layer}::{} imports {}", from.join("::"), to.join("::"))));
        }
    }
    assert!(found.is_empty(), "imports between pillars: {found:#?}");
}

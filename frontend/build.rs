//! Turns `locales/en/*.json` into typed functions, so that a text that does not
//! exist or lacks a value is a compile error.
//!
//! One file is one module (`auth.json` → `t::auth`), one key is one function.
//! `{name}` in a text is a parameter; an object of plural categories
//! (`{"one": …, "other": …}`) is a function whose first parameter is `count`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use serde_json::Value;

const LOCALES: &str = "locales/en";
const PLURALS: [&str; 6] = ["zero", "one", "two", "few", "many", "other"];

type Outcome<T> = Result<T, String>;

fn main() -> Outcome<()> {
    println!("cargo::rerun-if-changed={LOCALES}");
    let root = PathBuf::from(variable("CARGO_MANIFEST_DIR")?).join(LOCALES);
    let mut code = String::new();
    for (area, path) in areas(&root)? {
        println!("cargo::rerun-if-changed={}", path.display());
        code.push_str(&module(&area, &path)?);
    }
    let target = PathBuf::from(variable("OUT_DIR")?).join("messages.rs");
    fs::write(target, code).map_err(|e| e.to_string())
}

fn variable(name: &str) -> Outcome<String> {
    env::var(name).map_err(|e| format!("{name}: {e}"))
}

/// The files of the locale by area, sorted so that the output is stable.
fn areas(root: &Path) -> Outcome<BTreeMap<String, PathBuf>> {
    let entries = fs::read_dir(root).map_err(|e| format!("{}: {e}", root.display()))?;
    let mut found = BTreeMap::new();
    for entry in entries {
        let path = entry.map_err(|e| e.to_string())?.path();
        if path.extension().is_some_and(|e| e == "json")
            && let Some(area) = path.file_stem().and_then(|s| s.to_str())
        {
            found.insert(area.to_owned(), path);
        }
    }
    Ok(found)
}

fn module(area: &str, path: &Path) -> Outcome<String> {
    let at = |problem: String| format!("{}: {problem}", path.display());
    let text = fs::read_to_string(path).map_err(|e| at(e.to_string()))?;
    let messages: BTreeMap<String, Value> =
        serde_json::from_str(&text).map_err(|e| at(e.to_string()))?;
    let mut code = format!("/// Texts of `{LOCALES}/{area}.json`.\npub mod {area} {{\n");
    for (key, message) in &messages {
        code.push_str(&function(area, key, message).map_err(|e| at(format!("{key}: {e}")))?);
    }
    code.push_str("}\n");
    Ok(code)
}

fn function(area: &str, key: &str, message: &Value) -> Outcome<String> {
    if !key
        .chars()
        .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    {
        return Err("keys are snake_case".to_owned());
    }
    match message {
        Value::String(text) => plain(area, key, text),
        Value::Object(forms) => plural(area, key, forms),
        _ => Err("a message is a text or an object of plural forms".to_owned()),
    }
}

fn plain(area: &str, key: &str, text: &str) -> Outcome<String> {
    let names = placeholders(text)?;
    let mut code = String::new();
    writeln!(code, "/// {text:?}").map_err(|e| e.to_string())?;
    writeln!(
        code,
        "pub fn {key}({}) -> String {{ super::text({:?}, {text:?}, {}) }}",
        parameters(&names),
        format!("{area}.{key}"),
        arguments(&names),
    )
    .map_err(|e| e.to_string())?;
    Ok(code)
}

fn plural(area: &str, key: &str, forms: &serde_json::Map<String, Value>) -> Outcome<String> {
    let mut names: Vec<String> = Vec::new();
    let mut list = String::new();
    for (category, text) in forms {
        let text = text.as_str().ok_or("plural forms are texts")?;
        if !PLURALS.contains(&category.as_str()) {
            return Err(format!("{category} is no plural category"));
        }
        for name in placeholders(text)? {
            if name != "count" && !names.contains(&name) {
                names.push(name);
            }
        }
        write!(list, "({category:?}, {text:?}), ").map_err(|e| e.to_string())?;
    }
    let other = forms
        .get("other")
        .and_then(Value::as_str)
        .ok_or("`other` is missing")?;
    let more = parameters(&names);
    Ok(format!(
        "/// {other:?}\npub fn {key}(count: i64{}{more}) -> String {{ super::plural({:?}, &[{list}], count, {}) }}\n",
        if more.is_empty() { "" } else { ", " },
        format!("{area}.{key}"),
        arguments(&names),
    ))
}

/// The names in braces, in order, once each.
fn placeholders(text: &str) -> Outcome<Vec<String>> {
    let mut names: Vec<String> = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once('{') {
        let (name, tail) = after.split_once('}').ok_or("a brace is not closed")?;
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_lowercase() || c == '_') {
            return Err(format!("`{name}` is no placeholder"));
        }
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
        rest = tail;
    }
    Ok(names)
}

fn parameters(names: &[String]) -> String {
    let list: Vec<String> = names
        .iter()
        .map(|name| format!("{name}: impl std::fmt::Display"))
        .collect();
    list.join(", ")
}

fn arguments(names: &[String]) -> String {
    let list: Vec<String> = names
        .iter()
        .map(|name| format!("({name:?}, &{name})"))
        .collect();
    format!("&[{}]", list.join(", "))
}

//! Rules about one source file.

use super::{File, Finding};

/// A file past this many lines should be split.
const LONG: usize = 500;
/// A file past this many lines is a defect.
const TOO_LONG: usize = 800;

/// All rules about one file.
pub fn check(file: &File) -> Vec<Finding> {
    // This folder names what it forbids.
    if file.path.starts_with("xtask/src/tidy/") {
        return length(file).into_iter().collect();
    }
    let mut findings: Vec<Finding> = length(file).into_iter().collect();
    findings.extend(notes(file));
    findings.extend(lines(file));
    findings.extend(features(file));
    findings
}

fn is_code(path: &str) -> bool {
    ["rs", "ts", "mjs", "js", "css", "sql", "sh"]
        .iter()
        .any(|extension| {
            path.rsplit_once('.')
                .is_some_and(|(_, found)| found == *extension)
        })
}

fn length(file: &File) -> Option<Finding> {
    if !is_code(&file.path) {
        return None;
    }
    let lines = file.text.lines().count();
    let said = format!("{}: {lines} lines", file.path);
    if lines > TOO_LONG {
        Some(Finding::Error(format!(
            "{said}, and more than {TOO_LONG} is a defect; split it"
        )))
    } else if lines > LONG {
        Some(Finding::Warning(format!("{said}; split it at {LONG}")))
    } else {
        None
    }
}

/// Work that is left over belongs into an issue.
fn notes(file: &File) -> Vec<Finding> {
    if !is_code(&file.path) {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for (number, line) in numbered(&file.text) {
        for note in ["TODO", "FIXME"] {
            if line.contains(note) {
                findings.push(Finding::Error(format!(
                    "{}:{number}: {note}; do it or file an issue",
                    file.path
                )));
            }
        }
    }
    findings
}

/// A text that must not stand in some files.
struct Ban {
    text: &'static str,
    within: &'static [&'static str],
    except: &'static [&'static str],
    why: &'static str,
}

const BANS: &[Ban] = &[
    Ban {
        text: "diesel::",
        within: &["crates/", "frontend/"],
        except: &["crates/visita-store/"],
        why: "only visita-store names diesel",
    },
    Ban {
        text: "sql_query",
        within: &["crates/", "frontend/"],
        // Tests look at stored rows as text; no request gets there.
        except: &["crates/visita-store/src/testing.rs"],
        why: "SQL is built by diesel, never from text (SECURITY R01)",
    },
    Ban {
        text: "dsl::sql",
        within: &["crates/", "frontend/"],
        // What a database says of its own settings is asked by fixed expressions.
        except: &[
            "crates/visita-store/src/testing.rs",
            "crates/visita-store/src/sqlite.rs",
            "crates/visita-store/src/postgres.rs",
        ],
        why: "SQL is built by diesel, never from text (SECURITY R01)",
    },
    Ban {
        text: "inner_html",
        within: &["frontend/"],
        except: &[],
        why: "text from people must never become markup",
    },
    Ban {
        text: "set_inner_html",
        within: &["crates/"],
        except: &[],
        why: "text from people must never become markup",
    },
    Ban {
        text: "rand::",
        within: &["crates/", "xtask/"],
        except: &[],
        why: "R54: secrets come from the operating system, by getrandom or aws-lc-rs",
    },
    Ban {
        text: "#[ignore",
        within: &["crates/", "frontend/", "xtask/"],
        except: &[],
        why: "a test that does not run proves nothing; mend or delete it",
    },
    Ban {
        text: "#[serial",
        within: &["crates/", "frontend/", "xtask/"],
        except: &[],
        why: "tests share nothing, so they need no order",
    },
    Ban {
        text: "test.skip(",
        within: &["e2e/"],
        except: &[],
        why: "a test that does not run proves nothing; mend or delete it",
    },
    Ban {
        text: "test.only(",
        within: &["e2e/"],
        except: &[],
        why: "the other tests would not run",
    },
    Ban {
        text: "waitForTimeout(",
        within: &["e2e/"],
        except: &[],
        why: "wait for what must happen, not for time to pass",
    },
    Ban {
        text: "crate::features::",
        within: &[
            "frontend/src/ui/",
            "frontend/src/api/",
            "frontend/src/rtc/",
            "frontend/src/state/",
        ],
        except: &[],
        why: "what features build on knows no feature",
    },
    Ban {
        text: "crate::api::",
        within: &["frontend/src/ui/"],
        except: &[],
        why: "a widget shows what it is given and fetches nothing",
    },
];

fn lines(file: &File) -> Vec<Finding> {
    let under = |prefixes: &[&str]| prefixes.iter().any(|prefix| file.path.starts_with(prefix));
    let bans: Vec<&Ban> = BANS
        .iter()
        .filter(|ban| is_code(&file.path) && under(ban.within) && !under(ban.except))
        .collect();
    let mut findings = Vec::new();
    for (number, line) in numbered(&file.text) {
        if line.trim_start().starts_with("//") {
            continue;
        }
        for ban in &bans {
            if line.contains(ban.text) {
                findings.push(Finding::Error(format!(
                    "{}:{number}: `{}`: {}",
                    file.path, ban.text, ban.why
                )));
            }
        }
    }
    findings
}

/// Features of the SPA never use each other: what two need moves down.
fn features(file: &File) -> Vec<Finding> {
    const FOLDER: &str = "frontend/src/features/";
    const USE: &str = "crate::features::";
    let Some((own, _)) = file
        .path
        .strip_prefix(FOLDER)
        .and_then(|rest| rest.split_once('/'))
    else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    for (number, line) in numbered(&file.text) {
        for used in line.split(USE).skip(1) {
            let name: String = used
                .chars()
                .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
                .collect();
            if name != own {
                findings.push(Finding::Error(format!(
                    "{}:{number}: feature `{own}` uses feature `{name}`; move what both need to ui/ or state/",
                    file.path
                )));
            }
        }
    }
    findings
}

fn numbered(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line))
}

#[cfg(test)]
mod tests {
    use super::super::file;
    use super::*;

    fn errors(path: &str, text: &str) -> usize {
        check(&file(path, text))
            .iter()
            .filter(|finding| matches!(finding, Finding::Error(_)))
            .count()
    }

    #[test]
    fn a_long_file_is_a_warning_and_a_too_long_one_an_error() {
        let at = |lines: usize| length(&file("crates/a/src/lib.rs", &"x\n".repeat(lines)));
        assert_eq!(at(500), None);
        assert!(matches!(at(501), Some(Finding::Warning(_))));
        assert!(matches!(at(800), Some(Finding::Warning(_))));
        assert!(matches!(at(801), Some(Finding::Error(_))));
        assert_eq!(
            length(&file("openapi/openapi.json", &"x\n".repeat(9000))),
            None
        );
    }

    #[test]
    fn diesel_stays_in_the_store() {
        let text = "use diesel::prelude::*;\n";
        assert_eq!(errors("crates/visita-http/src/app.rs", text), 1);
        assert_eq!(errors("crates/visita-store/src/app.rs", text), 0);
        assert_eq!(
            errors("crates/visita-http/src/app.rs", "/// not `diesel::`\n"),
            0
        );
    }

    #[test]
    fn r01_sql_from_text_is_refused() {
        let text = "diesel::sql_query(format!(\"SELECT {x}\"))\n";
        assert_eq!(errors("crates/visita-store/src/chat/mod.rs", text), 1);
        assert_eq!(errors("crates/visita-store/src/testing.rs", text), 0);
    }

    #[test]
    fn r54_randomness_comes_from_the_operating_system_alone() {
        let text = "let id = rand::random::<u64>();\n";
        assert_eq!(errors("crates/visita-http/src/codes.rs", text), 1);
        assert_eq!(errors("xtask/src/run.rs", text), 1);
        let text = "use rand::{Rng, rng};\n";
        assert_eq!(errors("crates/visita-store/src/ids.rs", text), 1);
        let text = "getrandom::fill(&mut bytes)?;\n";
        assert_eq!(errors("crates/visita-http/src/codes.rs", text), 0);
    }

    #[test]
    fn a_feature_does_not_use_another() {
        let path = "frontend/src/features/chat/page.rs";
        assert_eq!(errors(path, "use crate::features::booking::Slot;\n"), 1);
        assert_eq!(errors(path, "use crate::features::chat::parts;\n"), 0);
        assert_eq!(
            errors("frontend/src/app.rs", "use crate::features::chat::Page;\n"),
            0
        );
    }

    #[test]
    fn r03_markup_from_text_and_leftovers_are_refused() {
        assert_eq!(
            errors("frontend/src/a.rs", "view! { <p inner_html=x/> }\n"),
            1
        );
        assert_eq!(errors("crates/a/src/lib.rs", "// TODO: later\n"), 1);
        assert_eq!(errors("crates/a/src/lib.rs", "#[ignore]\n"), 1);
        assert_eq!(
            errors("e2e/visit.spec.ts", "await page.waitForTimeout(500);\n"),
            1
        );
    }
}

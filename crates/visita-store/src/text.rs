//! Checks and folding of free texts.

use std::ops::RangeInclusive;

use crate::StoreError;

/// Refuses a text that the column cannot hold, before the database does it less clearly.
/// Lengths are in code points, as both databases count; PostgreSQL cannot store NUL.
pub(crate) fn check(
    field: &'static str,
    value: &str,
    chars: RangeInclusive<usize>,
) -> Result<(), StoreError> {
    if chars.contains(&value.chars().count()) && !value.contains('\0') {
        Ok(())
    } else {
        Err(StoreError::InvalidField(field))
    }
}

/// The form in which names are sorted and searched. Both databases fold only what
/// their collation knows; this folds all of Unicode.
pub(crate) fn fold(parts: &[&str]) -> String {
    parts.join(" ").to_lowercase()
}

/// A LIKE pattern, with `\` as escape, that finds what somebody looks for anywhere.
pub(crate) fn contains(search: &str) -> String {
    holds(search.trim())
}

/// [`contains`] to the letter: spaces at the ends count.
pub(crate) fn holds(part: &str) -> String {
    let mut pattern = String::from("%");
    for c in part.to_lowercase().chars().filter(|c| *c != '\0') {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_of_the_search_are_taken_literally() {
        assert_eq!(contains(" 50%_\\É "), "%50\\%\\_\\\\é%");
    }

    #[test]
    fn lengths_count_code_points_and_nul_is_refused() {
        assert!(check("name", "éé", 1..=2).is_ok());
        assert!(check("name", "", 1..=2).is_err());
        assert!(check("name", "a\0", 1..=5).is_err());
    }
}

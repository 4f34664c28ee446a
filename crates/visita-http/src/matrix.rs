//! The access matrix: who gets what answer from every route, written by hand from
//! SECURITY §3.7 and compared with the routes at start (R45).

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use thiserror::Error;

use crate::openapi::{Operation, operations};

/// The file at the root of the repository.
const FILE: &str = include_str!("../../../access_matrix.toml");

/// Kinds of callers, in relation to the record that the matrix test uses.
pub const ACTORS: [&str; 14] = [
    "anonymous",
    "patient_self",
    "patient_other",
    "patient_other_tenant",
    "doctor_related",
    "doctor_unrelated",
    "doctor_other_tenant",
    "staff",
    "staff_other_tenant",
    "admin",
    "link_patient",
    "link_patient_elsewhere",
    "guest",
    "guest_elsewhere",
];

/// Routes and matrix disagree. The server does not start.
#[derive(Debug, Error)]
pub enum MatrixError {
    /// The file is no TOML of the expected form.
    #[error("access_matrix.toml cannot be read: {0}")]
    Unreadable(String),
    /// Routes that nobody wrote a verdict for.
    #[error("routes without a row in access_matrix.toml: {0}")]
    Unlisted(String),
    /// Rows whose route is gone.
    #[error("rows of access_matrix.toml without a route: {0}")]
    Stale(String),
    /// A row lacks an actor, or has one that does not exist.
    #[error("row of {0} in access_matrix.toml: every actor needs one verdict")]
    Incomplete(String),
}

/// One row: the status that every kind of caller gets.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Upper-case method.
    pub method: String,
    /// Path with parameters in braces.
    pub path: String,
    /// Name of the operation.
    pub operation: String,
    /// Status by actor.
    pub verdicts: BTreeMap<String, u16>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    route: Vec<Row>,
}

/// All rows.
///
/// # Errors
/// [`MatrixError::Unreadable`], [`MatrixError::Incomplete`].
pub fn rows() -> Result<Vec<Row>, MatrixError> {
    let file: File =
        toml::from_str(FILE).map_err(|error| MatrixError::Unreadable(error.to_string()))?;
    let expected: BTreeSet<&str> = ACTORS.into_iter().collect();
    for row in &file.route {
        let found: BTreeSet<&str> = row.verdicts.keys().map(String::as_str).collect();
        if found != expected {
            return Err(MatrixError::Incomplete(row.operation.clone()));
        }
    }
    Ok(file.route)
}

/// Compares the matrix with the routes that this build has.
///
/// # Errors
/// [`MatrixError`].
pub fn check() -> Result<(), MatrixError> {
    compare(&rows()?, &operations())
}

fn compare(rows: &[Row], operations: &[Operation]) -> Result<(), MatrixError> {
    let listed: BTreeSet<String> = rows
        .iter()
        .map(|row| format!("{} {} ({})", row.method, row.path, row.operation))
        .collect();
    let routes: BTreeSet<String> = operations
        .iter()
        .map(|route| format!("{} {} ({})", route.method, route.path, route.id))
        .collect();
    let names = |set: Vec<&String>| {
        set.into_iter()
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(", ")
    };
    let unlisted: Vec<_> = routes.difference(&listed).collect();
    if !unlisted.is_empty() {
        return Err(MatrixError::Unlisted(names(unlisted)));
    }
    let stale: Vec<_> = listed.difference(&routes).collect();
    if !stale.is_empty() {
        return Err(MatrixError::Stale(names(stale)));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r45_every_route_has_a_row_and_every_row_a_route() {
        check().unwrap();
    }

    #[test]
    fn r45_an_unlisted_route_is_refused() {
        let rows = rows().unwrap();
        let mut routes = operations();
        let extra = Operation {
            method: "GET".to_owned(),
            path: "/api/v1/forgotten".to_owned(),
            id: "get_forgotten".to_owned(),
        };
        routes.push(extra);
        assert!(matches!(
            compare(&rows, &routes),
            Err(MatrixError::Unlisted(_))
        ));
        assert!(matches!(compare(&rows, &[]), Err(MatrixError::Stale(_))));
    }
}

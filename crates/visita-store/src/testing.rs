//! Databases by hand, for `visita-testkit`: tests make and drop databases, and write rows
//! that no operation would write, to see the database itself refuse them.

use diesel::connection::SimpleConnection;
use diesel::deserialize::QueryableByName;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use crate::conn::Db;
use crate::{OpenError, postgres, sqlite};

/// One connection beside the pool.
pub struct RawConn(Db);

#[derive(QueryableByName)]
struct TextRow {
    #[diesel(sql_type = Text)]
    text: String,
}

#[derive(QueryableByName)]
struct PlanRow {
    #[diesel(sql_type = Text, column_name = "QUERY PLAN")]
    line: String,
}

#[derive(QueryableByName)]
struct StepRow {
    #[diesel(sql_type = Text)]
    detail: String,
}

impl RawConn {
    /// Connects to the database of that URL.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open(url: &str) -> Result<Self, OpenError> {
        match url.strip_prefix("sqlite://") {
            Some(path) => sqlite::connect(path).map(Db::Sqlite),
            None => postgres::connect(url).map(Db::Pg),
        }
        .map(Self)
    }

    /// Runs statements as they are written.
    ///
    /// # Errors
    /// [`OpenError::Refused`] with the words of the database.
    pub fn run(&mut self, statements: &str) -> Result<(), OpenError> {
        self.0.batch_execute(statements).map_err(refused)
    }

    /// The number that an expression gives.
    ///
    /// # Errors
    /// [`OpenError::Refused`].
    pub fn number(&mut self, expression: &str) -> Result<i64, OpenError> {
        diesel::select(sql::<BigInt>(expression))
            .get_result(&mut self.0)
            .map_err(refused)
    }

    /// The column `text` of the rows of a query.
    ///
    /// # Errors
    /// [`OpenError::Refused`].
    pub fn texts(&mut self, query: &str) -> Result<Vec<String>, OpenError> {
        let rows: Vec<TextRow> = diesel::sql_query(query)
            .load(&mut self.0)
            .map_err(refused)?;
        Ok(rows.into_iter().map(|row| row.text).collect())
    }

    /// How the database would run a statement, whatever the values of its parameters.
    ///
    /// # Errors
    /// [`OpenError::Refused`].
    pub fn plan(&mut self, statement: &str) -> Result<Vec<String>, OpenError> {
        match &mut self.0 {
            Db::Sqlite(conn) => {
                let rows: Vec<StepRow> =
                    diesel::sql_query(format!("EXPLAIN QUERY PLAN {statement}"))
                        .load(conn)
                        .map_err(refused)?;
                Ok(rows.into_iter().map(|row| row.detail).collect())
            }
            Db::Pg(conn) => {
                conn.batch_execute("SET plan_cache_mode = force_generic_plan")
                    .and_then(|()| conn.batch_execute(&format!("PREPARE asked AS {statement}")))
                    .map_err(refused)?;
                let values = vec!["NULL"; parameters(statement)].join(", ");
                let values = if values.is_empty() {
                    values
                } else {
                    format!("({values})")
                };
                let rows: Vec<PlanRow> =
                    diesel::sql_query(format!("EXPLAIN EXECUTE asked{values}"))
                        .load(conn)
                        .map_err(refused)?;
                conn.batch_execute("DEALLOCATE asked").map_err(refused)?;
                Ok(rows.into_iter().map(|row| row.line).collect())
            }
        }
    }

    /// Undoes all migrations and applies them again.
    ///
    /// # Errors
    /// [`OpenError::Migration`].
    pub fn down_and_up(&mut self) -> Result<(), OpenError> {
        crate::migrate::revert_all(&mut self.0)?;
        crate::migrate::run(&mut self.0).map(drop)
    }

    /// Undoes all migrations.
    ///
    /// # Errors
    /// [`OpenError::Migration`].
    pub fn down(&mut self) -> Result<(), OpenError> {
        crate::migrate::revert_all(&mut self.0)
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the shape of `map_err`")]
fn refused(error: diesel::result::Error) -> OpenError {
    OpenError::Refused(error.to_string())
}

/// How many parameters (`$1`, `$2`, …) a statement has.
fn parameters(statement: &str) -> usize {
    let numbers = statement.split('$').skip(1).filter_map(|rest| {
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().ok()
    });
    numbers.max().unwrap_or(0)
}

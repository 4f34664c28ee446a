//! Named, timed steps with a table at the end.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::proc::human;

/// How a step ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Outcome {
    Passed,
    Failed,
}

struct Done {
    name: &'static str,
    outcome: Outcome,
    took: Duration,
    error: String,
}

/// A row of steps. A failed one does not stop the next, so that one run tells all.
pub struct Steps {
    only: Vec<String>,
    list: bool,
    known: Vec<(&'static str, &'static str)>,
    done: Vec<Done>,
    started: Instant,
}

impl Steps {
    /// No step yet. With `only`, the others are passed over; with `list`, all are.
    pub fn new(only: Vec<String>, list: bool) -> Self {
        Self {
            only,
            list,
            known: Vec::new(),
            done: Vec::new(),
            started: Instant::now(),
        }
    }

    /// Runs one step, when it is wanted.
    pub fn step(
        &mut self,
        name: &'static str,
        what: &'static str,
        run: impl FnOnce() -> Result<()>,
    ) {
        self.known.push((name, what));
        let wanted = self.only.is_empty() || self.only.iter().any(|only| only == name);
        if self.list || !wanted {
            return;
        }
        println!("\n=== {name}: {what}");
        let started = Instant::now();
        let result = run();
        let took = started.elapsed();
        let (outcome, error) = match result {
            Ok(()) => (Outcome::Passed, String::new()),
            Err(error) => (Outcome::Failed, format!("{error:#}")),
        };
        match outcome {
            Outcome::Passed => println!("=== {name}: passed in {}", human(took)),
            Outcome::Failed => println!("{error}\n=== {name}: FAILED after {}", human(took)),
        }
        self.done.push(Done {
            name,
            outcome,
            took,
            error,
        });
    }

    /// Prints the table; fails when a step failed or a wanted one is unknown.
    pub fn finish(self) -> Result<()> {
        if self.list {
            for (name, what) in &self.known {
                println!("{name:<12} {what}");
            }
            return Ok(());
        }
        if let Some(unknown) = self
            .only
            .iter()
            .find(|only| !self.known.iter().any(|(name, _)| name == only))
        {
            bail!("there is no step `{unknown}`; `cargo xtask test --list` names them");
        }
        println!("\nstep          result      took");
        for done in &self.done {
            let result = match done.outcome {
                Outcome::Passed => "passed",
                Outcome::Failed => "FAILED",
            };
            println!("{:<13} {result:<11} {}", done.name, human(done.took));
        }
        println!(
            "all                       {}\n",
            human(self.started.elapsed())
        );
        let failed: Vec<&Done> = self
            .done
            .iter()
            .filter(|done| done.outcome == Outcome::Failed)
            .collect();
        for done in &failed {
            let first = done.error.lines().next().unwrap_or_default();
            println!("{}: {first}", done.name);
        }
        println!(
            "steps: {} passed, {} failed",
            self.done.len() - failed.len(),
            failed.len()
        );
        if let Some(first) = failed.first() {
            bail!(
                "{} failed: {}. What is wrong stands above, under `=== {}`; mend it and run \
                 `cargo xtask test --only {}` until it passes",
                if failed.len() == 1 {
                    "one step"
                } else {
                    "some steps"
                },
                failed
                    .iter()
                    .map(|done| done.name)
                    .collect::<Vec<_>>()
                    .join(", "),
                first.name,
                first.name
            );
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_step_fails_the_run_but_not_the_next_step() {
        let mut steps = Steps::new(Vec::new(), false);
        let mut ran = false;
        steps.step("one", "fails", || bail!("no"));
        steps.step("two", "passes", || {
            ran = true;
            Ok(())
        });
        assert!(ran);
        let error = steps.finish().unwrap_err().to_string();
        assert!(error.contains("one step failed: one."), "{error}");
    }

    #[test]
    fn only_the_named_steps_run_and_an_unknown_name_is_an_error() {
        let mut steps = Steps::new(vec!["two".to_owned()], false);
        steps.step("one", "must not run", || bail!("ran"));
        steps.step("two", "runs", || Ok(()));
        assert!(steps.finish().is_ok());

        let mut steps = Steps::new(vec!["three".to_owned()], false);
        steps.step("one", "must not run", || bail!("ran"));
        assert!(steps.finish().is_err());
    }
}

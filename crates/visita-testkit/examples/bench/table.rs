//! What was measured, beside what the design asks.

/// Rows of the report.
#[derive(Default)]
pub struct Table {
    rows: Vec<[String; 4]>,
}

impl Table {
    /// Adds a row, and prints it at once: a run takes minutes.
    pub fn add(&mut self, what: &str, bar: &str, measured: String, within: bool) {
        let verdict = if within { "ok" } else { "MISSED" };
        println!("{what}: {measured} (bar: {bar}) {verdict}");
        self.rows.push([
            what.to_owned(),
            bar.to_owned(),
            measured,
            verdict.to_owned(),
        ]);
    }

    /// Prints all rows as a Markdown table.
    pub fn print(&self) {
        println!("\n| what | bar | measured | |\n|---|---|---|---|");
        for [what, bar, measured, verdict] in &self.rows {
            println!("| {what} | {bar} | {measured} | {verdict} |");
        }
    }
}

//! Who did what: the audit trail, and a patient's "who opened my record".

mod audit;
mod report;
mod words;

pub use audit::AuditPage;
pub use report::AccessReportPage;

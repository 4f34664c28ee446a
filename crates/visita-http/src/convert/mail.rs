//! The outbox.

use visita_domain::account::MailState;
use visita_domain::people::Email;
use visita_store::mail::MailRecord;
use visita_wire::accounts::MailView;

pub(crate) fn mail(mail: MailRecord) -> MailView {
    MailView {
        id: mail.id,
        hospital_name: mail.hospital_name,
        to: masked(&mail.to),
        kind: mail.kind,
        state: mail.state,
        attempts: mail.attempts,
        created_at: mail.created_at,
        next_try_at: (mail.state == MailState::Queued).then_some(mail.next_try_at),
        sent_at: mail.sent_at,
        last_error: mail.last_error,
    }
}

/// Enough of an address to find a mistake in it, not to write to it: who is a patient
/// somewhere is health data, and platform admins see none.
fn masked(email: &Email) -> String {
    let (local, host) = email.as_str().split_once('@').unwrap_or_default();
    let first: String = local.chars().take(1).collect();
    format!("{first}…@{host}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_shows_its_first_letter_and_its_host() {
        let email = Email::parse("ana.lima@example.org").unwrap();
        assert_eq!(masked(&email), "a…@example.org");
    }
}

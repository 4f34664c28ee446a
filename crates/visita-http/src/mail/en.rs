//! The texts in English. No name of a person and no health data: a mail is read by whoever
//! opens the mailbox.

use visita_domain::account::MailKind;

use super::letter::{Facts, Words};

mod visits;

pub(super) fn words(kind: MailKind, facts: &Facts<'_>) -> Words {
    let (subject, text) = match kind {
        MailKind::Register => confirm(facts),
        MailKind::AlreadyRegistered => already_registered(facts),
        MailKind::Invite => invite(facts),
        MailKind::Reset => reset(facts),
        MailKind::EmailChange => change_address(facts),
        MailKind::EmailChangeAskedNotice => address_change_asked(facts),
        MailKind::EmailChangedNotice => address_changed(facts),
        MailKind::PasswordChangedNotice => password_changed(facts),
        MailKind::NewDeviceNotice => new_device(facts),
        MailKind::SecondFactorChangedNotice => second_factor_changed(facts),
        MailKind::RefreshReusedNotice => stolen_session(facts),
        MailKind::VisitBooked => visits::booked(facts),
        MailKind::VisitMoved => visits::moved(facts),
        MailKind::VisitReassigned => visits::reassigned(facts),
        MailKind::VisitCancelled => visits::cancelled(facts),
        MailKind::VisitDayBefore => visits::day_before(facts),
        MailKind::VisitSoon => visits::soon(facts),
    };
    let clinic = facts.clinic;
    Words {
        subject: format!("{clinic}: {subject}"),
        body: format!(
            "Hello,\n\n{text}\n\n{clinic}\n\nThis mail was sent by a machine; answers to it are not read.\n"
        ),
    }
}

/// The link on a line of its own, so that mail programs find it whole.
fn link(facts: &Facts<'_>) -> String {
    let minutes = facts.minutes;
    let (number, unit) = if minutes >= 120 {
        (minutes / 60, "hours")
    } else {
        (minutes, "minutes")
    };
    let link = facts.link.unwrap_or(facts.origin);
    format!("  {link}\n\nThe link works once, within {number} {unit} of this mail.")
}

fn confirm(facts: &Facts<'_>) -> (&'static str, String) {
    let text = format!(
        "somebody, probably you, asked for a patient account at {} with this address.\n\n\
         Open this link to confirm the address and to choose a password:\n\n{}\n\n\
         If it was not you, ignore this mail: no account is made.",
        facts.clinic,
        link(facts)
    );
    ("confirm your e-mail address", text)
}

fn already_registered(facts: &Facts<'_>) -> (&'static str, String) {
    let origin = facts.origin;
    let text = format!(
        "somebody, probably you, asked for an account with this address. It has one already.\n\n\
         Sign in, or ask for a new password if you have forgotten yours:\n\n  {origin}\n\n\
         If you were invited and have not come yet, ask the clinic to invite you again.\n\n\
         If it was not you, ignore this mail: nothing has changed."
    );
    ("you already have an account", text)
}

fn invite(facts: &Facts<'_>) -> (&'static str, String) {
    let text = format!(
        "{} has made an account for you.\n\n\
         Open this link to choose a password and to sign in:\n\n{}\n\n\
         If the link is too old, ask {} to send another.",
        facts.clinic,
        link(facts),
        facts.clinic
    );
    ("you are invited", text)
}

fn reset(facts: &Facts<'_>) -> (&'static str, String) {
    let text = format!(
        "somebody, probably you, asked for a new password for your account.\n\n\
         Open this link to choose one:\n\n{}\n\n\
         If it was not you, ignore this mail: your password stays.",
        link(facts)
    );
    ("choose a new password", text)
}

fn change_address(facts: &Facts<'_>) -> (&'static str, String) {
    let text = format!(
        "this address was given for an account.\n\n\
         Open this link to sign in with it from now on:\n\n{}\n\n\
         If you know nothing of it, ignore this mail: nothing is changed.",
        link(facts)
    );
    ("confirm your new e-mail address", text)
}

fn address_change_asked(facts: &Facts<'_>) -> (&'static str, String) {
    let text = format!(
        "somebody who is signed in to your account asked to use another e-mail address for it. \
         It counts as soon as the other address is confirmed.\n\n{}",
        not_you(facts)
    );
    ("your e-mail address is about to change", text)
}

fn address_changed(facts: &Facts<'_>) -> (&'static str, String) {
    let text = format!(
        "your account now has another e-mail address. This one no longer signs in.\n\n\
         If you did not do this, tell {} at once.",
        facts.clinic
    );
    ("your e-mail address was changed", text)
}

fn password_changed(facts: &Facts<'_>) -> (&'static str, String) {
    let text = format!(
        "the password of your account was changed, and other devices were signed out.\n\n{}",
        not_you(facts)
    );
    ("your password was changed", text)
}

fn new_device(facts: &Facts<'_>) -> (&'static str, String) {
    let text = format!(
        "somebody signed in to your account on a device that was not used for it before.\n\n{}",
        not_you(facts)
    );
    ("a new device signed in", text)
}

fn second_factor_changed(facts: &Facts<'_>) -> (&'static str, String) {
    let text = format!(
        "the second step of your sign-in was set up, exchanged or removed, and other devices \
         were signed out.\n\n{}",
        not_you(facts)
    );
    ("your second sign-in step was changed", text)
}

fn stolen_session(facts: &Facts<'_>) -> (&'static str, String) {
    let text = format!(
        "a device of yours was signed out, because what keeps it signed in was used twice: \
         somebody may have copied it.\n\n{}",
        not_you(facts)
    );
    ("a device was signed out", text)
}

fn not_you(facts: &Facts<'_>) -> String {
    let (origin, clinic) = (facts.origin, facts.clinic);
    format!(
        "If it was you, there is nothing to do. If not, choose a new password at once and tell {clinic}:\n\n  {origin}"
    )
}

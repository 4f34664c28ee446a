//! How people get into their accounts: account codes, and the mail that carries them.

use serde::{Deserialize, Serialize};

/// Seconds for which a code counts that somebody waits for (SECURITY R34).
const SOON_SECS: i64 = 10 * 60;
/// Seconds for which an invitation counts: nobody waits for it, so it lies in a mailbox for days.
const INVITATION_SECS: i64 = 72 * 60 * 60;

macro_rules! words {
    ($name:ident { $($variant:ident => $text:literal,)* }) => {
        impl $name {
            /// Every value.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The stable text.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// The value of that text.
            #[must_use]
            pub fn from_text(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.as_str() == text)
            }
        }
    };
}

/// The one thing that a code lets its holder do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CodePurpose {
    /// Confirm the address of a registration, and choose a password.
    Register,
    /// Accept an invitation, and choose a password.
    Invite,
    /// Choose another password.
    Reset,
    /// Confirm a new address.
    Email,
}

words!(CodePurpose {
    Register => "register",
    Invite => "invite",
    Reset => "reset",
    Email => "email",
});

impl CodePurpose {
    /// Seconds for which a code counts after its mail went out.
    #[must_use]
    pub fn lifetime_secs(self) -> i64 {
        match self {
            Self::Invite => INVITATION_SECS,
            Self::Register | Self::Reset | Self::Email => SOON_SECS,
        }
    }
}

/// What a mail is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum MailKind {
    /// Confirms the address of a registration.
    Register,
    /// Tells the owner of an address that it has an account already.
    AlreadyRegistered,
    /// Invites somebody for whom an account was made.
    Invite,
    /// Lets the owner choose another password.
    Reset,
    /// Confirms a new address.
    EmailChange,
    /// Tells the old address that somebody asked for another one.
    EmailChangeAskedNotice,
    /// Tells the old address that it is no longer the account's.
    EmailChangedNotice,
    /// Tells the owner that the password was changed.
    PasswordChangedNotice,
    /// Tells the owner of a sign-in on a device that is not known.
    NewDeviceNotice,
    /// Tells the owner that a second factor was added, exchanged or removed.
    SecondFactorChangedNotice,
    /// Tells the owner that a session ended because a token of it was used twice.
    RefreshReusedNotice,
    /// Tells the patient that a visit is booked.
    VisitBooked,
    /// Tells the patient that a visit has another time.
    VisitMoved,
    /// Tells the patient that a visit is with another doctor.
    VisitReassigned,
    /// Tells the patient that a visit is called off.
    VisitCancelled,
    /// Reminds the patient the day before.
    VisitDayBefore,
    /// Reminds the patient when it is about to begin.
    VisitSoon,
}

impl MailKind {
    /// Reminders are of use until the visit begins, and only while it is as they say.
    #[must_use]
    pub fn is_reminder(self) -> bool {
        matches!(self, Self::VisitDayBefore | Self::VisitSoon)
    }
}

words!(MailKind {
    Register => "register",
    AlreadyRegistered => "already_registered",
    Invite => "invite",
    Reset => "reset",
    EmailChange => "email_change",
    EmailChangeAskedNotice => "email_change_asked_notice",
    EmailChangedNotice => "email_changed_notice",
    PasswordChangedNotice => "password_changed_notice",
    NewDeviceNotice => "new_device_notice",
    SecondFactorChangedNotice => "second_factor_changed_notice",
    RefreshReusedNotice => "refresh_reused_notice",
    VisitBooked => "visit_booked",
    VisitMoved => "visit_moved",
    VisitReassigned => "visit_reassigned",
    VisitCancelled => "visit_cancelled",
    VisitDayBefore => "visit_day_before",
    VisitSoon => "visit_soon",
});

/// What became of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum MailState {
    /// Waits for its first or next try.
    Queued,
    /// The mail server took it.
    Sent,
    /// Every try failed; an admin may send it again.
    Failed,
}

words!(MailState {
    Queued => "queued",
    Sent => "sent",
    Failed => "failed",
});

/// Seconds until the next try after so many that failed; none when it is to be given up.
#[must_use]
pub fn mail_retry_secs(failed_tries: i64) -> Option<i64> {
    const PAUSES: [i64; 4] = [60, 5 * 60, 30 * 60, 2 * 60 * 60];
    let place = usize::try_from(failed_tries.max(1) - 1).ok()?;
    PAUSES.get(place).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r34_what_somebody_waits_for_counts_for_ten_minutes() {
        for purpose in CodePurpose::ALL.iter().copied() {
            let minutes = match purpose {
                CodePurpose::Invite => 72 * 60,
                _ => 10,
            };
            assert_eq!(purpose.lifetime_secs(), minutes * 60, "{purpose:?}");
        }
    }

    #[test]
    fn words_read_back() {
        for kind in MailKind::ALL.iter().copied() {
            assert_eq!(MailKind::from_text(kind.as_str()), Some(kind));
            assert_eq!(
                serde_json::to_value(kind).ok(),
                Some(kind.as_str().into()),
                "SQL and JSON agree"
            );
        }
        assert_eq!(MailState::from_text("lost"), None);
    }

    #[test]
    fn a_mail_is_tried_five_times_over_hours() {
        let pauses: Vec<_> = (1..=6).map(mail_retry_secs).collect();
        assert_eq!(
            pauses,
            [Some(60), Some(300), Some(1800), Some(7200), None, None]
        );
    }
}

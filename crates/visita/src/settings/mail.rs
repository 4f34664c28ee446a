//! The mail server and the sender.

use secrecy::{ExposeSecret, SecretString};

use super::{SettingError, given, secret};
use crate::cli::ServeArgs;

/// Whom mail is from while it stays in the outbox of this machine.
const LOCAL_SENDER: &str = "Visita <visita@localhost>";

/// Where mail goes.
#[derive(Debug)]
pub(crate) struct MailSettings {
    /// `smtp://` or `smtps://`, with a password; none for a folder of files.
    pub(crate) server: Option<SecretString>,
    /// Mailbox of the sender.
    pub(crate) from: String,
}

impl MailSettings {
    pub(super) fn read(args: &ServeArgs, demo: bool) -> Result<Self, SettingError> {
        let server = secret(
            ("VISITA_SMTP_URL", args.smtp_url.as_deref()),
            ("VISITA_SMTP_URL_FILE", args.smtp_url_file.as_deref()),
        )?;
        let from = given(args.mail_from.as_deref());
        let wrong = |variable, problem: &str| Err(SettingError::new(variable, problem));
        if let Some(server) = &server {
            let known = ["smtp://", "smtps://"];
            let url = server.expose_secret();
            if !known.iter().any(|scheme| url.starts_with(scheme)) {
                let problem = "is not a URL like smtps://user:password@mail.example";
                return wrong("VISITA_SMTP_URL", problem);
            }
            if demo {
                let problem = "is set, but a demo sends no mail: everybody may read its outbox";
                return wrong("VISITA_SMTP_URL", problem);
            }
            if from.is_none() {
                return wrong("VISITA_MAIL_FROM", "is missing, and VISITA_SMTP_URL is set");
            }
        }
        Ok(Self {
            server,
            from: from.unwrap_or(LOCAL_SENDER).to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::serve;

    #[test]
    fn a_mail_server_needs_a_sender_and_no_demo() {
        let server = "--smtp-url=smtps://clinic:hunter2@mail.example";
        let from = "--mail-from=Visita <no-reply@clinic.example>";
        for (flags, variable) in [
            (&["--smtp-url=mail.example"][..], "VISITA_SMTP_URL"),
            (&[server], "VISITA_MAIL_FROM"),
            (&[server, from, "--demo"], "VISITA_SMTP_URL"),
            (&["--smtp-url-file=/missing"], "VISITA_SMTP_URL_FILE"),
        ] {
            let error = serve(flags).unwrap_err();
            let expected = format!("{variable}: ");
            assert!(error.starts_with(&expected), "{flags:?}: {error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
        let settings = serve(&[server, from]).unwrap();
        assert!(!format!("{settings:?}").contains("hunter2"));
        assert_eq!(settings.mail.from, "Visita <no-reply@clinic.example>");
        assert!(serve(&["--demo"]).unwrap().mail.server.is_none());
    }
}

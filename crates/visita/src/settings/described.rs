//! What the settings are, for noticing that they changed (SECURITY §4.4).

use std::fmt::Write;

use secrecy::{ExposeSecret, SecretString};

use super::ServeSettings;

impl ServeSettings {
    /// Everything that decides how the server works and whom it trusts, secrets included,
    /// so that a new secret is another text: only a keyed hash of it may leave the process.
    /// What differs between nodes by nature, as the log and the folder, is not in it.
    pub(crate) fn described(&self) -> SecretString {
        let mut text = String::new();
        let mut line = |name: &str, value: String| {
            // Writing to a String cannot fail; the length keeps one value from posing as two.
            let _ = writeln!(text, "{name} {} {value}", value.len());
        };
        line("demo", self.demo.to_string());
        line("origins", self.public_origins.join(","));
        let proxies: Vec<String> = self
            .trusted_proxies
            .iter()
            .map(ToString::to_string)
            .collect();
        line("trusted proxies", proxies.join(","));
        line("turn", self.turn.urls.join(","));
        line("turn secret", shown(self.turn.secret.as_ref()));
        line("mail server", shown(self.mail.server.as_ref()));
        line("mail sender", self.mail.from.clone());
        line("document bytes", self.max_document_bytes.to_string());
        line("database", shown(Some(&self.store.database_url)));
        text.into()
    }
}

fn shown(secret: Option<&SecretString>) -> String {
    secret
        .map(|secret| secret.expose_secret().to_owned())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::super::tests::serve;

    fn described(flags: &[&str]) -> String {
        let settings = serve(flags).unwrap();
        settings.described().expose_secret().to_owned()
    }

    #[test]
    fn r65_every_setting_that_counts_makes_another_text() {
        let turn = [
            "--turn-urls=turn:turn.example",
            "--turn-secret=0123456789abcdef",
        ];
        let mail = [
            "--smtp-url=smtps://clinic:hunter2@mail.example",
            "--mail-from=Visita <no-reply@clinic.example>",
        ];
        let cases: [&[&str]; 8] = [
            &[],
            &["--demo=true"],
            &["--public-origins=https://clinic.example"],
            &["--trusted-proxies=10.0.0.0/8"],
            &["--max-document-mb=7"],
            &turn,
            &[turn[0], "--turn-secret=0123456789abcdeg"],
            &mail,
        ];
        let texts: std::collections::BTreeSet<String> =
            cases.iter().map(|flags| described(flags)).collect();
        assert_eq!(texts.len(), cases.len());
        assert_eq!(described(&turn), described(&turn));
        // How much is logged changes nothing for anybody.
        assert_eq!(described(&[]), described(&["--log=debug"]));
    }
}

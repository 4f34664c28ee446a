//! The ways out: a mail server, or a folder where none is configured.

use std::fs;
use std::future::Future;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::time::Duration;

use lettre::transport::smtp::{AsyncSmtpTransport, Error as SmtpError};
use lettre::{AsyncTransport, Tokio1Executor};

use super::{MailError, Post};

/// How long a mail server may take for each answer. With all steps of a mail it stays
/// below the lease.
const PATIENCE: Duration = Duration::from_secs(20);

/// A mail being handed over. The error is the kind of failure, without any address.
pub type Handing<'a> = Pin<Box<dyn Future<Output = Result<(), &'static str>> + Send + 'a>>;

/// A way out.
pub trait Transport: Send + Sync {
    /// Hands a mail over; afterwards it is somebody else's.
    fn hand_over<'a>(&'a self, post: &'a Post) -> Handing<'a>;
}

/// A mail server.
pub struct Smtp(AsyncSmtpTransport<Tokio1Executor>);

impl Smtp {
    /// The server of an `smtp://` or `smtps://` URL. To another machine `smtp://` means
    /// STARTTLS, and no mail without it.
    ///
    /// # Errors
    /// [`MailError::Server`].
    pub fn at(url: &str) -> Result<Self, MailError> {
        let url = with_tls(url).ok_or(MailError::Server)?;
        let builder =
            AsyncSmtpTransport::<Tokio1Executor>::from_url(&url).map_err(|_| MailError::Server)?;
        Ok(Self(builder.timeout(Some(PATIENCE)).build()))
    }
}

/// The URL, with TLS asked for unless the server is on this machine.
fn with_tls(url: &str) -> Option<String> {
    let rest = url.strip_prefix("smtps://");
    if rest.is_some_and(|rest| !rest.is_empty()) {
        return Some(url.to_owned());
    }
    let rest = url
        .strip_prefix("smtp://")
        .filter(|rest| !rest.is_empty())?;
    let authority = rest.split(['/', '?']).next()?;
    let host = authority.rsplit('@').next()?;
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let here = matches!(name, "localhost" | "127.0.0.1" | "[::1]");
    if here || rest.contains('?') {
        return Some(url.to_owned());
    }
    Some(format!("{url}?tls=required"))
}

impl Transport for Smtp {
    fn hand_over<'a>(&'a self, post: &'a Post) -> Handing<'a> {
        Box::pin(async move {
            let sent = self.0.send_raw(post.envelope(), post.eml());
            sent.await.map(drop).map_err(|error| kind_of(&error))
        })
    }
}

/// The server's own words may hold the address.
fn kind_of(error: &SmtpError) -> &'static str {
    if error.is_permanent() {
        "refused for good"
    } else if error.is_transient() {
        "refused for now"
    } else if error.is_timeout() {
        "no answer in time"
    } else if error.is_tls() {
        "no trusted connection"
    } else if error.is_response() || error.is_client() {
        "not understood"
    } else {
        "no connection"
    }
}

/// A folder that keeps each mail as a file which mail programs can open.
pub struct Outbox(PathBuf);

impl Outbox {
    /// The outbox in that folder, which is made when the first mail comes.
    #[must_use]
    pub fn in_folder(folder: &Path) -> Self {
        Self(folder.to_owned())
    }
}

impl Transport for Outbox {
    fn hand_over<'a>(&'a self, post: &'a Post) -> Handing<'a> {
        let (folder, name) = (self.0.clone(), format!("{}.eml", post.id));
        let bytes = post.eml().to_vec();
        Box::pin(async move {
            let work = tokio::task::spawn_blocking(move || write_file(&folder, &name, &bytes));
            match work.await {
                Ok(Ok(())) => Ok(()),
                Ok(Err(error)) => {
                    tracing::warn!(%error, "The outbox cannot be written");
                    Err("the outbox cannot be written")
                }
                Err(_) => Err("interrupted"),
            }
        })
    }
}

/// Whole or not at all, for the owner's eyes only, and on disk when it returns. A mail
/// that goes out again takes the place of the first.
fn write_file(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    let beside = folder.join(format!("{name}.new"));
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&beside, folder.join(name))?;
    #[cfg(unix)]
    fs::File::open(folder)?.sync_all()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mail_to_another_machine_travels_by_tls() {
        for (url, used) in [
            ("smtps://u:p@mail.example", "smtps://u:p@mail.example"),
            ("smtp://mail.example", "smtp://mail.example?tls=required"),
            (
                "smtp://u:p@mail.example:587",
                "smtp://u:p@mail.example:587?tls=required",
            ),
            (
                "smtp://localhost@mail.example",
                "smtp://localhost@mail.example?tls=required",
            ),
            ("smtp://127.0.0.1:25", "smtp://127.0.0.1:25"),
            ("smtp://localhost", "smtp://localhost"),
        ] {
            assert_eq!(with_tls(url).as_deref(), Some(used));
            assert!(Smtp::at(url).is_ok(), "{url}");
        }
        for bad in ["", "smtp://", "mail.example", "http://mail.example"] {
            assert!(Smtp::at(bad).is_err(), "{bad}");
        }
    }
}

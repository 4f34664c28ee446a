//! Mail on its way out: to a mail server, into a folder, and what admins see of it.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use visita_http::mail::{Handing, Mailer, Outbox, Post, Smtp, Transport};
use visita_testkit::TestDb;
use visita_wire::accounts::{DemoMailView, MailView};
use visita_wire::{Page, routes};

use crate::harness::{Setup, TestApp, on_both};

on_both!(admins_see_what_failed_and_send_it_again);

/// What a mail server was given.
struct Received {
    sender: String,
    recipients: Vec<String>,
    lines: Vec<String>,
}

impl Received {
    /// The names of the headers, and of nothing else that looks like one.
    fn headers(&self) -> BTreeSet<&str> {
        self.lines
            .iter()
            .take_while(|line| !line.is_empty())
            .filter(|line| !line.starts_with([' ', '\t']))
            .map(|line| line.split(':').next().unwrap())
            .collect()
    }
}

/// A mail server that refuses recipients whose address begins with `refused`.
async fn mail_server() -> (String, UnboundedReceiver<Received>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("smtp://{}", listener.local_addr().unwrap());
    let (tell, told) = unbounded_channel();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(converse(stream, tell.clone()));
        }
    });
    (url, told)
}

async fn converse(stream: TcpStream, tell: UnboundedSender<Received>) -> Option<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    let mut mail = Received {
        sender: String::new(),
        recipients: Vec::new(),
        lines: Vec::new(),
    };
    write.write_all(b"220 sink\r\n").await.ok()?;
    while let Some(line) = lines.next_line().await.ok()? {
        let word = line.split([' ', ':']).next().unwrap().to_uppercase();
        let answer = match word.as_str() {
            "MAIL" => {
                mail.sender = line;
                "250 fine"
            }
            "RCPT" if line.contains("<refused") => "550 <refused@example.org> is not here",
            "RCPT" => {
                mail.recipients.push(line);
                "250 fine"
            }
            "DATA" => {
                write.write_all(b"354 go on\r\n").await.ok()?;
                while let Some(line) = lines.next_line().await.ok()? {
                    if line == "." {
                        break;
                    }
                    mail.lines.push(line);
                }
                "250 taken"
            }
            "QUIT" => "221 bye",
            _ => "250 fine",
        };
        write
            .write_all(format!("{answer}\r\n").as_bytes())
            .await
            .ok()?;
        if answer == "250 taken" {
            return tell.send(mail).ok();
        }
    }
    None
}

async fn app_with_server() -> (TestApp, UnboundedReceiver<Received>) {
    let (url, received) = mail_server().await;
    let from = "Visita <no-reply@clinic.example>";
    let mailer = Mailer::new(from, Smtp::at(&url).unwrap()).unwrap();
    let setup = Setup {
        mailer: Some(mailer),
        ..Setup::default()
    };
    (TestApp::with(TestDb::sqlite(), setup).await, received)
}

async fn register(app: &TestApp, name: &str, email: &str) {
    let body = json!({ "hospital_id": app.hospital, "name": name, "email": email });
    let answer = app.anonymous().post(routes::REGISTER, &body).await;
    answer.expect(StatusCode::ACCEPTED);
}

#[tokio::test]
async fn r06_hostile_names_add_neither_headers_nor_recipients() {
    let (app, mut received) = app_with_server().await;
    let admin = app.admin("ada").await;
    register(&app, "Ana", "plain@example.org").await;
    let plain = received.recv().await.unwrap();
    for (n, hostile) in [
        "x\r\nBcc: evil@example.net",
        "x\nTo: evil@example.net",
        "x\r\n\r\nAnother body",
        "x\r\n.\r\nMAIL FROM:<evil@example.net>",
        "\"x\" <evil@example.net>",
        "é=?utf-8?q?=0d=0aBcc:_evil@example.net?=",
    ]
    .into_iter()
    .enumerate()
    {
        let path = routes::hospital(app.hospital);
        admin
            .patch(&path, &json!({ "name": hostile }))
            .await
            .expect(StatusCode::OK);
        let email = format!("ana{n}@example.org");
        register(&app, hostile, &email).await;
        let mail = received.recv().await.unwrap();
        assert_eq!(mail.headers(), plain.headers(), "{hostile:?}");
        assert_eq!(mail.recipients, [format!("RCPT TO:<{email}>")]);
        assert_eq!(mail.sender, plain.sender);
    }
}

#[tokio::test]
async fn what_a_mail_server_refuses_waits_and_says_no_address() {
    let (app, mut received) = app_with_server().await;
    register(&app, "Ana", "refused@example.org").await;
    register(&app, "Bob", "bob@example.org").await;
    // There is one worker: when the second mail is taken, the first is recorded.
    let taken = received.recv().await.unwrap();
    assert_eq!(taken.recipients, ["RCPT TO:<bob@example.org>"]);
    let admin = app.admin("ada").await;
    let path = format!("{}?state=queued", routes::MAILS);
    let queued = admin.get(&path).await.expect(StatusCode::OK);
    assert!(!queued.bytes.windows(8).any(|part| part == b"refused@"));
    let queued: Page<MailView> = queued.json();
    let waiting = queued
        .items
        .iter()
        .find(|mail| mail.to == "r…@example.org")
        .unwrap();
    assert_eq!(waiting.attempts, 1);
    assert_eq!(waiting.last_error.as_deref(), Some("refused for good"));
    let pause = waiting.next_try_at.unwrap().secs_since(waiting.created_at);
    assert_eq!(pause, 60);
}

async fn admins_see_what_failed_and_send_it_again(app: TestApp) {
    let (admin, staff) = (app.admin("ada").await, app.staff("sam").await);
    app.fail_sent_mail().await;
    let path = format!("{}?state=failed&limit=1", routes::MAILS);
    staff.get(&path).await.problem(403, "forbidden");
    let failed: Page<MailView> = admin.get(&path).await.json();
    let mail = &failed.items[0];
    assert_eq!(mail.to, "m…@example.org");
    assert_eq!(mail.hospital_name.as_deref(), Some("Hospital home"));
    let path = routes::resend_mail(mail.id);
    staff.act(&path).await.problem(403, "forbidden");
    admin.act(&path).await.expect(StatusCode::ACCEPTED);
    let arrived = app.mailbox.next().await;
    assert!(arrived.to.starts_with("mail-"));
    assert_eq!(arrived.link().0, "register");
    admin.act(&path).await.problem(409, "mail_not_failed");
}

/// An outbox that says when it has kept a mail.
struct Loud(Outbox, UnboundedSender<()>);

impl Transport for Loud {
    fn hand_over<'a>(&'a self, post: &'a Post) -> Handing<'a> {
        Box::pin(async move {
            self.0.hand_over(post).await?;
            self.1.send(()).map_err(|_| "nobody listens")
        })
    }
}

#[tokio::test]
async fn without_a_mail_server_each_mail_is_a_private_file() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = folder.path().join("outbox");
    let (kept, mut heard) = unbounded_channel();
    let transport = Loud(Outbox::in_folder(&outbox), kept);
    let setup = Setup {
        mailer: Some(Mailer::new("Visita <visita@localhost>", transport).unwrap()),
        ..Setup::default()
    };
    let app = TestApp::with(TestDb::sqlite(), setup).await;
    register(&app, "Ana", "ana@example.org").await;
    heard.recv().await.unwrap();
    let files: Vec<_> = std::fs::read_dir(&outbox)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert_eq!(files.len(), 1, "{files:?}");
    assert!(files[0].extension().is_some_and(|end| end == "eml"));
    let mode = |path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&files[0]), mode(&outbox)), (0o600, 0o700));
    let text = std::fs::read_to_string(&files[0]).unwrap();
    assert!(text.contains("To: ana@example.org\r\n"), "{text}");
    assert!(!text.contains("Ana"), "no name of a person");
}

#[tokio::test]
async fn a_demo_shows_its_mail_to_everybody() {
    let setup = Setup {
        demo: true,
        ..Setup::default()
    };
    let app = Arc::new(TestApp::with(TestDb::sqlite(), setup).await);
    for address in ["ana@example.org", "bob@example.org"] {
        register(&app, "Somebody", address).await;
    }
    app.mailbox.next().await;
    app.mailbox.next().await;
    let shown: Page<DemoMailView> = app.anonymous().get(routes::DEMO_MAILS).await.json();
    // The second is recorded after it was handed over, so it may not be there yet.
    let first = shown.items.last().unwrap();
    assert!(first.subject.starts_with("Hospital home: "));
    assert!(first.body.contains("/account#register."));
    let problem: Value = TestApp::new()
        .await
        .anonymous()
        .get(routes::DEMO_MAILS)
        .await
        .problem(404, "not_found")
        .json();
    assert_eq!(problem["status"], 404);
}

//! What somebody learns who steals the database: nothing that opens anything
//! (SECURITY R34, R37, R39).

use std::collections::BTreeSet;
use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use visita_wire::appointments::AppointmentView;
use visita_wire::calls::SocketTicket;
use visita_wire::routes;
use visita_wire::second_factor::TotpEnrolment;

use crate::harness::{PASSWORD, Person, TestApp, booking, on_both};
use crate::join::{join, new_link};

on_both!(r39_a_dump_of_the_whole_database_opens_nothing);

const CHOSEN: &str = "a-long-and-quiet-morning";
const REASON: &str = "A rash that itches at night";

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

/// RFC 4648, without padding.
fn base32(bytes: &[u8]) -> String {
    let signs = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let bits: String = bytes.iter().map(|byte| format!("{byte:08b}")).collect();
    let fives = bits.as_bytes().chunks(5);
    fives
        .map(|five| {
            let five = format!("{:0<5}", std::str::from_utf8(five).unwrap());
            char::from(signs[usize::from_str_radix(&five, 2).unwrap()])
        })
        .collect()
}

/// Everything that opened something, or would have.
#[derive(Default)]
struct Secrets(Vec<(&'static str, String)>);

impl Secrets {
    fn add(&mut self, what: &'static str, secret: impl Into<String>) {
        self.0.push((what, secret.into()));
    }

    fn session(&mut self, person: &Person) {
        self.add("refresh token", person.cookie.clone().unwrap());
        self.add("access token", person.token.clone().unwrap());
    }
}

/// How a database might hold a secret so that a thief could read it back.
fn forms(secret: &str) -> BTreeSet<String> {
    let mut raw = vec![secret.as_bytes().to_vec()];
    raw.extend(URL_SAFE_NO_PAD.decode(secret));
    raw.extend(totp_rs::Secret::try_from_base32(secret).map(|seed| seed.as_bytes().to_vec()));
    let mut all = BTreeSet::from([secret.to_owned()]);
    for bytes in raw {
        all.extend([
            hex(&bytes),
            base32(&bytes),
            STANDARD.encode(&bytes),
            STANDARD_NO_PAD.encode(&bytes),
            URL_SAFE_NO_PAD.encode(&bytes),
        ]);
    }
    all.into_iter().map(|form| form.to_lowercase()).collect()
}

async fn token_of(app: &TestApp, path: &str, body: Value, email: &str) -> String {
    let asked = app.anonymous().post(path, &body).await;
    asked.expect(StatusCode::ACCEPTED);
    app.mailbox.next_to(email).await.token()
}

/// Accounts: registration, invitation, a forgotten password, a new address. One code of
/// each kind is used where that is possible, and one waits.
async fn open_accounts(app: &TestApp, ana: &Person, secrets: &mut Secrets) {
    let hospital = app.hospital;
    for (name, used) in [("zoe", true), ("zed", false)] {
        let email = format!("{name}@example.org");
        let body = json!({ "hospital_id": hospital, "name": name, "email": email });
        let token = token_of(app, routes::REGISTER, body, &email).await;
        if used {
            let body = json!({ "token": token, "password": CHOSEN });
            let answer = app.anonymous().post(routes::ACTIVATE, &body).await;
            let mut zoe = app.anonymous();
            zoe.keep(&answer.expect(StatusCode::OK));
            secrets.session(&zoe);
        }
        secrets.add("registration", token);
    }
    for (person, used) in [(app.patient("bob").await, true), (ana.clone(), false)] {
        let body = json!({ "email": person.email });
        let token = token_of(app, routes::FORGOT_PASSWORD, body, &person.email).await;
        if used {
            let body = json!({ "token": token, "password": CHOSEN });
            let answer = app.anonymous().post(routes::RESET_PASSWORD, &body).await;
            answer.expect(StatusCode::NO_CONTENT);
        }
        secrets.add("reset", token);
    }
    let body = json!({ "role": "doctor", "name": "Ivo", "email": "ivo@example.org" });
    let invited = app.staff("sam").await.post(routes::USERS, &body).await;
    invited.expect(StatusCode::CREATED);
    let invitation = app.mailbox.next_to("ivo@example.org").await;
    secrets.add("invitation", invitation.token());
    let body = json!({ "email": "ana.new@example.org", "current_password": PASSWORD });
    let asked = ana.post(routes::MY_EMAIL, &body).await;
    asked.expect(StatusCode::ACCEPTED);
    let change = app.mailbox.next_to("ana.new@example.org").await;
    secrets.add("new address", change.token());
    secrets.add("password", PASSWORD);
    secrets.add("password", CHOSEN);
}

/// Sessions: a sign-in, a renewal, a known device, a ticket for the socket.
async fn open_sessions(app: &TestApp, ana: &mut Person, secrets: &mut Secrets) {
    secrets.session(ana);
    let renewed = ana.by_cookie(routes::REFRESH).send().await;
    ana.keep(&renewed.expect(StatusCode::OK));
    secrets.session(ana);
    let body = json!({ "email": ana.email, "password": PASSWORD });
    let again = app.anonymous().post(routes::LOGIN, &body).await;
    let device = again.expect(StatusCode::OK).cookie("__Host-dev").unwrap();
    secrets.add("device", device);
    let ticket = ana.act(routes::WS_TICKETS).await;
    let ticket: SocketTicket = ticket.expect(StatusCode::CREATED).json();
    secrets.add("ticket", ticket.ticket);
}

/// Second factors: one in use, one of a recovery code's uses, one half enrolled.
async fn enrol(app: &TestApp, secrets: &mut Secrets) {
    let eva = app.patient("eva").await;
    let (seed, codes) = eva.enrol(app.state.clock.now()).await;
    secrets.add("seed", seed);
    for used in [true, false] {
        let body = json!({ "email": eva.email, "password": PASSWORD });
        let asked = app.anonymous().post(routes::LOGIN, &body).await;
        let asked: Value = asked.problem(401, "mfa_required").json();
        let token = asked["mfa_token"].as_str().unwrap();
        if used {
            let body = json!({ "mfa_token": token, "code": codes[0] });
            let answer = app.anonymous().post(routes::MFA, &body).await;
            answer.expect(StatusCode::OK);
        }
        secrets.add("half a sign-in", token);
    }
    for code in codes {
        let (_, signs) = code.split_once('-').unwrap();
        secrets.add("recovery code", signs);
        secrets.add("recovery code", signs.replace('-', ""));
        secrets.add("recovery code", code);
    }
    let half = app.patient("hal").await.act(routes::TOTP).await;
    let half: TotpEnrolment = half.expect(StatusCode::OK).json();
    secrets.add("seed", half.secret);
}

/// The words of a dump that could be a token: binary values as they print, and as the
/// text in which tokens travel.
fn loot(dump: &str) -> BTreeSet<String> {
    let words = dump.split(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_');
    let mut loot = BTreeSet::new();
    for word in words.map(|word| word.strip_prefix('x').unwrap_or(word)) {
        let pairs = word.as_bytes().chunks(2);
        let bytes: Option<Vec<u8>> = pairs
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
            .collect();
        match bytes {
            Some(bytes) if bytes.len() == 32 => {
                loot.extend([word.to_owned(), URL_SAFE_NO_PAD.encode(bytes)]);
            }
            None if (40..200).contains(&word.len()) => drop(loot.insert(word.to_owned())),
            _ => {}
        }
    }
    loot
}

/// Every door that takes a token, knocked at with that word.
async fn knock(app: &TestApp, word: &str) -> Vec<(&'static str, StatusCode)> {
    let mut thief = app.anonymous();
    thief.cookie = Some(word.to_owned());
    let mut opened = vec![(
        "cookie",
        thief.by_cookie(routes::REFRESH).send().await.status,
    )];
    thief.token = Some(word.to_owned());
    opened.push(("bearer", thief.get(routes::ME).await.status));
    let nobody = app.anonymous();
    for (door, path, body) in [
        (
            "activate",
            routes::ACTIVATE,
            json!({ "token": word, "password": CHOSEN }),
        ),
        (
            "reset",
            routes::RESET_PASSWORD,
            json!({ "token": word, "password": CHOSEN }),
        ),
        ("address", routes::VERIFY_EMAIL, json!({ "token": word })),
        (
            "code",
            routes::MFA,
            json!({ "mfa_token": word, "code": "123456" }),
        ),
    ] {
        opened.push((door, nobody.post(path, &body).await.status));
    }
    opened
}

async fn r39_a_dump_of_the_whole_database_opens_nothing(app: TestApp) {
    let mut secrets = Secrets::default();
    let (mut ana, dora) = (app.patient("ana").await, app.doctor("dora").await);
    open_sessions(&app, &mut ana, &mut secrets).await;
    open_accounts(&app, &ana, &mut secrets).await;
    enrol(&app, &mut secrets).await;
    let mut visit = booking(dora.doctor_id(), 60);
    visit["reason"] = json!(REASON);
    let booked = ana
        .request(Method::POST, routes::APPOINTMENTS)
        .header("idempotency-key", "the-only-booking")
        .json(&visit)
        .send()
        .await;
    let booked: AppointmentView = booked.expect(StatusCode::CREATED).json();
    // The link of the mail, one that the clinic makes, and the browser that came by it.
    let mailed = loop {
        let mail = app.mailbox.next_to("ana@example.org").await;
        let mut words = mail.body.split_whitespace();
        if let Some(link) = words.find(|word| word.contains("/j#")) {
            break link.to_owned();
        }
    };
    let made = new_link(&dora, booked.id, "family").await;
    for link in [&mailed, &made] {
        secrets.add("join link", link.rsplit_once('.').unwrap().1);
        let joined = join(&app.anonymous(), Some(link)).await;
        let cookie = joined.expect(StatusCode::OK).cookie("__Host-join").unwrap();
        secrets.add("join cookie", cookie.split_once('.').unwrap().1);
    }
    secrets.add("signing key", hex(&[7; 32]));

    let dump = app.dump_all();
    let folded = dump.to_lowercase();
    for (what, secret) in &secrets.0 {
        for form in forms(secret) {
            assert!(!folded.contains(&form), "a {what} lies open as {form}");
        }
    }
    // The dump shows texts and bytes, so what is missing is missing.
    let refresh_hash = hex(&Sha256::digest(ana.cookie.as_deref().unwrap()));
    for there in ["ana@example.org", REASON, "$argon2id$", &refresh_hash] {
        assert!(
            folded.contains(&there.to_lowercase()),
            "{there} is not seen"
        );
    }
    // What people choose or type is too short for a fast hash.
    for (what, secret) in &secrets.0 {
        if ["password", "recovery code", "seed"].contains(what) {
            let fast = hex(&Sha256::digest(secret));
            assert!(!folded.contains(&fast), "a {what} lies there as SHA-256");
        }
    }
    assert!(!app.dump("idempotency_records").contains(REASON));

    let loot = loot(&dump);
    assert!(loot.contains(&refresh_hash) || loot.contains(&refresh_hash.to_uppercase()));
    for word in &loot {
        for (door, status) in knock(&app, word).await {
            assert!(!status.is_success(), "{word} opens {door}");
            assert!(!status.is_server_error(), "{word} breaks {door}: {status}");
        }
    }
    // All that lies open is still good in the right hands.
    let renewed = ana.by_cookie(routes::REFRESH).send().await;
    renewed.expect(StatusCode::OK);
}

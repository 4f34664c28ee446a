//! A signed-in client of the API.

use std::collections::HashSet;
use std::time::Duration;

use reqwest::{Client, RequestBuilder, StatusCode};
use uuid::Uuid;
use visita_domain::{DoctorId, LocalDate, Ts};
use visita_wire::accounts::{Activate, DemoMailView, Register};
use visita_wire::appointments::{AppointmentView, BookAppointment};
use visita_wire::auth::{Login, TokenGrant};
use visita_wire::availability::{SlotView, SlotsView};
use visita_wire::people::{DoctorView, HospitalView};
use visita_wire::{Page, routes};

/// Password of every demo account.
pub const PASSWORD: &str = "visita-demo-password";

/// Somebody who is signed in.
#[derive(Clone)]
pub struct Caller {
    pub http: Client,
    pub url: String,
    pub grant: TokenGrant,
}

impl Caller {
    /// Signs in.
    pub async fn login(url: &str, email: &str) -> Self {
        let http = Client::new();
        let login = Login {
            email: email.to_owned(),
            password: PASSWORD.to_owned(),
        };
        let answer = http
            .post(format!("{url}{}", routes::LOGIN))
            .json(&login)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "sign-in");
        Self {
            http,
            url: url.to_owned(),
            grant: answer.json().await.unwrap(),
        }
    }

    /// Asks for an account of a new patient. Returns the address.
    async fn register(http: &Client, url: &str, hospital: &HospitalView, number: usize) -> String {
        let email = format!("bench{number}-{}@example.test", Uuid::new_v4().simple());
        let register = Register {
            hospital_id: hospital.id,
            name: format!("Bench Patient {number}"),
            email: email.clone(),
            language: "en".to_owned(),
        };
        let answer = http
            .post(format!("{url}{}", routes::REGISTER))
            .json(&register)
            .send()
            .await
            .unwrap();
        assert!(
            answer.status().is_success(),
            "registration: {}",
            answer.status()
        );
        email
    }

    /// Chooses a password and is signed in.
    async fn activate(http: &Client, url: &str, token: String) -> Self {
        let activate = Activate {
            token,
            password: "seven quiet walnut lanterns".to_owned(),
            name: None,
        };
        let answer = http
            .post(format!("{url}{}", routes::ACTIVATE))
            .json(&activate)
            .send()
            .await
            .unwrap();
        assert!(
            answer.status().is_success(),
            "activation: {}",
            answer.status()
        );
        Self {
            http: http.clone(),
            url: url.to_owned(),
            grant: answer.json().await.unwrap(),
        }
    }

    pub fn get(&self, path: &str) -> RequestBuilder {
        self.http
            .get(format!("{}{path}", self.url))
            .bearer_auth(&self.grant.access_token)
    }

    pub fn post(&self, path: &str) -> RequestBuilder {
        self.http
            .post(format!("{}{path}", self.url))
            .bearer_auth(&self.grant.access_token)
    }

    pub fn put(&self, path: &str) -> RequestBuilder {
        self.http
            .put(format!("{}{path}", self.url))
            .bearer_auth(&self.grant.access_token)
    }

    /// Books a visit for the caller, who is a patient.
    pub async fn book(&self, doctor_id: DoctorId, starts_at: Ts) -> AppointmentView {
        let wish = BookAppointment {
            doctor_id,
            starts_at,
            reason: "bench".to_owned(),
            patient_id: None,
            overbook_reason: None,
        };
        let request = self
            .post(routes::APPOINTMENTS)
            .header("idempotency-key", Uuid::new_v4().to_string());
        let answer = request.json(&wish).send().await.unwrap();
        assert!(answer.status().is_success(), "booking: {}", answer.status());
        answer.json().await.unwrap()
    }

    /// The hospital of the caller.
    pub async fn hospital(&self) -> HospitalView {
        let page: Page<HospitalView> = self
            .get(routes::HOSPITALS)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        page.items
            .into_iter()
            .find(|h| Some(h.id) == self.grant.user.hospital_id)
            .expect("own hospital")
    }

    /// The doctors that the caller sees.
    pub async fn doctors(&self) -> Vec<DoctorView> {
        let page: Page<DoctorView> = self
            .get(routes::DOCTORS)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        page.items
    }
}

/// The present day in UTC.
pub fn today() -> LocalDate {
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap();
    let now = Ts::from_micros(i64::try_from(now.as_micros()).unwrap())
        .unwrap()
        .to_string();
    now.get(..10).unwrap().parse().unwrap()
}

/// The free slots of a doctor, from `days` days ahead on.
pub async fn slots_ahead(caller: &Caller, doctor: DoctorId, days: i64) -> Vec<SlotView> {
    let (from, to) = (today().plus_days(days), today().plus_days(days + 50));
    let path = format!("{}?from={from}&to={to}", routes::slots(doctor));
    let view: SlotsView = caller
        .get(&path)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    view.slots
}

/// How many mails the outbox of a demo shows at once, and more.
const AT_ONCE: usize = 50;

/// Registers `count` patients, a few at a time: the server hashes passwords on purpose slowly.
pub async fn register_many(url: &str, hospital: &HospitalView, count: usize) -> Vec<Caller> {
    use futures_util::{StreamExt as _, stream};
    let http = Client::new();
    let mut callers = Vec::with_capacity(count);
    for first in (0..count).step_by(AT_ONCE) {
        let mut asked = HashSet::new();
        for number in first..count.min(first + AT_ONCE) {
            asked.insert(Caller::register(&http, url, hospital, number).await);
        }
        let tokens = tokens_of(&http, url, asked).await;
        let activated = stream::iter(tokens)
            .map(|token| Caller::activate(&http, url, token))
            .buffer_unordered(4);
        callers.extend(activated.collect::<Vec<_>>().await);
    }
    callers
}

/// The tokens that the demo's outbox has for these addresses, once all are there.
async fn tokens_of(http: &Client, url: &str, asked: HashSet<String>) -> Vec<String> {
    loop {
        let page: Page<DemoMailView> = http
            .get(format!("{url}{}", routes::DEMO_MAILS))
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        let tokens: Vec<String> = page
            .items
            .iter()
            .filter(|mail| asked.contains(&mail.to))
            .map(|mail| {
                let link = mail.body.split("/account#register.").nth(1);
                link.unwrap().split_whitespace().next().unwrap().to_owned()
            })
            .collect();
        if tokens.len() == asked.len() {
            return tokens;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

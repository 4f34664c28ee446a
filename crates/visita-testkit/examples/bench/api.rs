//! A signed-in client of the API.

use reqwest::{Client, RequestBuilder, StatusCode};
use uuid::Uuid;
use visita_domain::{DoctorId, LocalDate, Ts};
use visita_wire::appointments::{AppointmentView, BookAppointment};
use visita_wire::auth::{Login, Register, TokenGrant};
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

    /// Registers a new patient of a hospital.
    pub async fn register(
        http: &Client,
        url: &str,
        hospital: &HospitalView,
        number: usize,
    ) -> Self {
        let register = Register {
            hospital_id: hospital.id,
            name: format!("Bench Patient {number}"),
            email: format!("bench{number}-{}@example.test", Uuid::new_v4().simple()),
            password: "seven quiet walnut lanterns".to_owned(),
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

/// The free slots of a doctor, from `days` days ahead on.
pub async fn slots_ahead(caller: &Caller, doctor: DoctorId, days: i64) -> Vec<SlotView> {
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap();
    let now = Ts::from_micros(i64::try_from(now.as_micros()).unwrap())
        .unwrap()
        .to_string();
    let today: LocalDate = now.get(..10).unwrap().parse().unwrap();
    let (from, to) = (today.plus_days(days), today.plus_days(days + 50));
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

/// Registers `count` patients, a few at a time: the server hashes passwords on purpose slowly.
pub async fn register_many(url: &str, hospital: &HospitalView, count: usize) -> Vec<Caller> {
    use futures_util::{StreamExt as _, stream};
    let http = Client::new();
    stream::iter(0..count)
        .map(|number| {
            let http = http.clone();
            async move { Caller::register(&http, url, hospital, number).await }
        })
        .buffer_unordered(4)
        .collect()
        .await
}

//! People of tests, their requests and what the server says.

use std::fmt::Debug;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use visita_domain::{AppointmentId, DoctorId, HospitalId, PatientId, Ts, UserId};
use visita_wire::appointments::AppointmentView;
use visita_wire::auth::{APP_HEADER, TokenGrant};
use visita_wire::routes;
use visita_wire::second_factor::{RecoveryCodes, TotpEnrolment};

use crate::harness::{PASSWORD, TestApp, start_of_tests};

/// Somebody who sends requests.
#[derive(Clone)]
pub struct Person {
    pub id: UserId,
    pub email: String,
    pub hospital: Option<HospitalId>,
    pub token: Option<String>,
    /// Value of the refresh cookie.
    pub cookie: Option<String>,
    pub(super) http: reqwest::Client,
    pub(super) base: String,
}

impl Person {
    pub fn doctor_id(&self) -> DoctorId {
        self.id.into()
    }

    pub fn patient_id(&self) -> PatientId {
        self.id.into()
    }

    /// A request of this person.
    pub fn request(&self, method: Method, path: &str) -> Request {
        let mut builder = self.http.request(method, format!("{}{path}", self.base));
        if let Some(token) = &self.token {
            builder = builder.bearer_auth(token);
        }
        Request { builder }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.request(Method::GET, path).send().await
    }

    pub async fn post(&self, path: &str, body: &impl Serialize) -> Answer {
        self.request(Method::POST, path).json(body).send().await
    }

    /// An action without a body.
    pub async fn act(&self, path: &str) -> Answer {
        self.request(Method::POST, path).send().await
    }

    pub async fn put(&self, path: &str, body: &impl Serialize) -> Answer {
        self.request(Method::PUT, path).json(body).send().await
    }

    pub async fn patch(&self, path: &str, body: &impl Serialize) -> Answer {
        self.request(Method::PATCH, path).json(body).send().await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.request(Method::DELETE, path).send().await
    }

    /// Signs in with the password of all tests, keeping token and cookie.
    pub async fn sign_in(&mut self) {
        let body = serde_json::json!({ "email": self.email, "password": PASSWORD });
        let answer = self.post(routes::LOGIN, &body).await.expect(StatusCode::OK);
        self.keep(&answer);
    }

    /// This person with an access token of now, without any renewal of the session.
    pub fn with_fresh_token(&self, app: &TestApp) -> Self {
        let claims = self.token.as_deref().unwrap().split('.').nth(1).unwrap();
        let claims = URL_SAFE_NO_PAD.decode(claims).unwrap();
        let claims: Value = serde_json::from_slice(&claims).unwrap();
        let session = serde_json::from_value(claims["sid"].clone()).unwrap();
        let state = &app.state;
        let token = state.keys.issue(self.id, session, state.clock.now());
        Self {
            token: Some(token.unwrap()),
            ..self.clone()
        }
    }

    /// Enrols an authenticator app. Returns its seed and the recovery codes.
    pub async fn enrol(&self, now: Ts) -> (String, Vec<String>) {
        let started = self.act(routes::TOTP).await.expect(StatusCode::OK);
        let secret = started.json::<TotpEnrolment>().secret;
        let body = serde_json::json!({ "code": code_at(&secret, now) });
        let confirmed = self.post(routes::TOTP_CONFIRM, &body).await;
        let codes: RecoveryCodes = confirmed.expect(StatusCode::OK).json();
        (secret, codes.recovery_codes)
    }

    /// Keeps token and cookie of a grant.
    pub fn keep(&mut self, answer: &Answer) {
        self.token = Some(answer.json::<TokenGrant>().access_token);
        self.cookie = answer.refresh_cookie();
    }

    /// A request that carries the cookie as our own page would send it.
    pub fn by_cookie(&self, path: &str) -> Request {
        let builder = self.http.post(format!("{}{path}", self.base));
        let mut request = Request { builder };
        request = request
            .header("sec-fetch-site", "same-origin")
            .header(APP_HEADER, "1");
        match &self.cookie {
            Some(cookie) => request.header("cookie", &format!("__Host-rt={cookie}")),
            None => request,
        }
    }

    /// This doctor works around the clock.
    pub async fn work_always(&self) {
        let days = [
            "monday",
            "tuesday",
            "wednesday",
            "thursday",
            "friday",
            "saturday",
            "sunday",
        ];
        let rules: Vec<Value> = days
            .iter()
            .map(|day| serde_json::json!({ "weekday": day, "from": "00:00", "until": "24:00" }))
            .collect();
        let path = routes::availability(self.doctor_id());
        self.put(&path, &serde_json::json!({ "rules": rules }))
            .await
            .expect(StatusCode::OK);
        let profile = serde_json::json!({ "visit_minutes": 30, "buffer_minutes": 0 });
        let path = routes::doctor(self.doctor_id());
        self.patch(&path, &profile).await.expect(StatusCode::OK);
    }

    /// Books a visit for this patient, so many minutes after the start of tests.
    pub async fn book(&self, doctor: &Person, minutes: i64) -> AppointmentView {
        self.try_book(doctor, minutes)
            .await
            .expect(StatusCode::CREATED)
            .json()
    }

    pub async fn try_book(&self, doctor: &Person, minutes: i64) -> Answer {
        let body = booking(doctor.doctor_id(), minutes);
        self.post(routes::APPOINTMENTS, &body).await
    }
}

/// What an authenticator app with that seed shows.
pub fn code_at(secret: &str, now: Ts) -> String {
    let app = totp_rs::Builder::new()
        .with_algorithm(totp_rs::Algorithm::SHA1)
        .with_secret(totp_rs::Secret::try_from_base32(secret).unwrap())
        .build()
        .unwrap();
    app.generate(now.as_secs().try_into().unwrap()).to_string()
}

/// Body of a booking, so many minutes after the start of tests.
pub fn booking(doctor: DoctorId, minutes: i64) -> Value {
    serde_json::json!({
        "doctor_id": doctor,
        "starts_at": start_of_tests().plus_minutes(minutes),
        "reason": "A cough",
    })
}

/// Path of a step of a visit.
pub fn step(id: AppointmentId, action: &str) -> String {
    routes::appointment_action(id, action)
}

/// A request being built.
pub struct Request {
    builder: reqwest::RequestBuilder,
}

impl Request {
    pub fn header(mut self, name: &str, value: &str) -> Self {
        // Replaces what was there, where reqwest would add.
        let mut headers = HeaderMap::new();
        headers.insert(
            HeaderName::from_bytes(name.as_bytes()).unwrap(),
            HeaderValue::from_str(value).unwrap(),
        );
        self.builder = self.builder.headers(headers);
        self
    }

    pub fn json(mut self, body: &impl Serialize) -> Self {
        self.builder = self.builder.json(body);
        self
    }

    pub fn body(mut self, body: impl Into<reqwest::Body>) -> Self {
        self.builder = self.builder.body(body);
        self
    }

    pub async fn send(self) -> Answer {
        let response = self.builder.send().await.unwrap();
        Answer {
            status: response.status(),
            headers: response.headers().clone(),
            bytes: response.bytes().await.unwrap().to_vec(),
        }
    }
}

/// What the server said.
#[derive(Clone)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
}

impl Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} {}",
            self.status,
            String::from_utf8_lossy(&self.bytes)
        )
    }
}

impl Answer {
    /// The same answer, when it has that status.
    #[track_caller]
    pub fn expect(self, status: StatusCode) -> Self {
        assert_eq!(self.status, status, "{self:?}");
        self
    }

    /// The same answer, when it is a problem of that status and code.
    #[track_caller]
    pub fn problem(self, status: u16, code: &str) -> Self {
        assert_eq!(self.status.as_u16(), status, "{self:?}");
        assert_eq!(self.header("content-type"), "application/problem+json");
        let body: Value = self.json();
        assert_eq!(body["code"], code, "{self:?}");
        assert_eq!(body["status"], status, "{self:?}");
        assert_eq!(body["request_id"], self.header("x-request-id"), "{self:?}");
        self
    }

    #[track_caller]
    pub fn json<T: DeserializeOwned>(&self) -> T {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|e| panic!("{e}: {self:?}"))
    }

    #[track_caller]
    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value
            .unwrap_or_else(|| panic!("no {name}: {self:?}"))
            .to_str()
            .unwrap()
    }

    /// Value of the refresh cookie that was set.
    pub fn refresh_cookie(&self) -> Option<String> {
        self.cookie("__Host-rt")
    }

    /// Value of a cookie that was set, which every one of ours is with all its attributes (SECURITY R12).
    pub fn cookie(&self, name: &str) -> Option<String> {
        let mut found = None;
        for set in self.headers.get_all("set-cookie") {
            let (pair, attributes) = set.to_str().unwrap().split_once("; ").unwrap();
            for needed in [
                "HttpOnly",
                "SameSite=Strict",
                "Secure",
                "Path=/",
                "Max-Age=",
            ] {
                assert!(attributes.contains(needed), "{needed} is missing");
            }
            let (set_name, value) = pair.split_once('=').unwrap();
            assert!(
                ["__Host-rt", "__Host-dev", "__Host-join"].contains(&set_name),
                "{set_name}"
            );
            if set_name == name {
                found = Some(value.to_owned());
            }
        }
        found
    }
}

//! Every cell of `access_matrix.toml`, run against the server.

use std::cell::Cell;
use std::collections::BTreeMap;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;
use visita_domain::access::Actor;
use visita_domain::people::Role;
use visita_domain::{AppointmentId, ConversationId, MailId, SessionId, UserId};
use visita_http::matrix::{ACTORS, Row, rows};
use visita_store::Ctx;
use visita_store::appointments::{self, Booking};
use visita_wire::accounts::MailView;
use visita_wire::appointments::AppointmentView;
use visita_wire::auth::SessionView;
use visita_wire::documents::DocumentView;
use visita_wire::join::{JoinGrant, JoinLinkView};
use visita_wire::people::PatientView;
use visita_wire::second_factor::TotpEnrolment;
use visita_wire::{Page, routes};

use crate::calendar::link;
use crate::harness::{Answer, PASSWORD, Person, TestApp, booking, on_both, start_of_tests};
use crate::join::{join, new_link};
use crate::person::code_at;

on_both!(r45_every_cell_answers_as_written);

const PDF: &[u8] = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n";

pub struct World {
    pub app: TestApp,
    pub people: BTreeMap<&'static str, Person>,
    /// A visit in the call, with its conversation.
    live: (AppointmentId, ConversationId),
    /// Another one.
    elsewhere: AppointmentId,
    /// Counts up for names and times that nobody else has.
    next: Cell<i64>,
}

async fn r45_every_cell_answers_as_written(app: TestApp) {
    let world = World::new(app).await;
    let mut wrong = Vec::new();
    for row in rows().unwrap() {
        for actor in ACTORS {
            let expected = row.verdicts[actor];
            let answer = world.ask(&row, actor).await;
            if answer.status.as_u16() != expected {
                wrong.push(format!(
                    "{} by {actor}: {answer:?}, not {expected}",
                    row.operation
                ));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} cells:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

impl World {
    pub async fn new(app: TestApp) -> Self {
        let away = app.other_hospital("away").await;
        let mut people = BTreeMap::new();
        for actor in ACTORS {
            let person = match actor {
                "anonymous" => app.anonymous(),
                "patient_self" | "patient_other" => app.patient(actor).await,
                "doctor_related" | "doctor_unrelated" => app.doctor(actor).await,
                "staff" => app.staff(actor).await,
                "admin" => app.admin(actor).await,
                "patient_other_tenant" => app.person(Role::Patient, Some(away), actor).await,
                "doctor_other_tenant" => app.person(Role::Doctor, Some(away), actor).await,
                "staff_other_tenant" => app.person(Role::Staff, Some(away), actor).await,
                // They come when there are visits.
                _ => continue,
            };
            people.insert(actor, person);
        }
        let mut world = Self {
            app,
            people,
            live: (Uuid::nil().into(), Uuid::nil().into()),
            elsewhere: Uuid::nil().into(),
            next: Cell::new(0),
        };
        world.live = world.visit(world.later(), Stage::InCall).await;
        world.elsewhere = world.visit(world.later(), Stage::InCall).await.0;
        let (here, elsewhere) = (world.live.0, world.elsewhere);
        for (actor, joins_as, visit) in [
            ("link_patient", "patient", here),
            ("link_patient_elsewhere", "patient", elsewhere),
            ("guest", "interpreter", here),
            ("guest_elsewhere", "family", elsewhere),
        ] {
            let guest = world.by_link(joins_as, visit).await;
            world.people.insert(actor, guest);
        }
        world
    }

    fn patient(&self) -> &Person {
        &self.people["patient_self"]
    }

    fn doctor(&self) -> &Person {
        &self.people["doctor_related"]
    }

    /// Somebody who has come to that visit by a new link.
    async fn by_link(&self, joins_as: &str, visit: AppointmentId) -> Person {
        let link = new_link(self.doctor(), visit, joins_as).await;
        let browser = self.app.anonymous();
        let grant = join(&browser, Some(&link)).await.expect(StatusCode::OK);
        let grant: JoinGrant = grant.json();
        let is_patient = joins_as == "patient";
        Person {
            id: grant.user_id,
            email: if is_patient { "patient" } else { "guest" }.to_owned(),
            hospital: Some(self.app.hospital),
            token: grant.access_token,
            ..browser
        }
    }

    fn fresh(&self) -> i64 {
        self.next.set(self.next.get() + 1);
        self.next.get()
    }

    /// Minutes from the start of tests to a time that nobody has booked yet.
    fn later(&self) -> i64 {
        24 * 60 + 30 * self.fresh()
    }

    /// A visit of the two, as it stands after these steps, each taken when it was time.
    async fn visit(&self, minutes: i64, stage: Stage) -> (AppointmentId, ConversationId) {
        let starts_at = start_of_tests().plus_minutes(minutes);
        let ctx = |person: &Person, role, before: i64| Ctx {
            actor: Actor {
                user_id: person.id,
                role,
                hospital_id: person.hospital,
                session_id: SessionId::new(Uuid::nil()),
                visit: None,
            },
            now: starts_at.plus_minutes(-before),
            request_id: None,
            idempotency: None,
        };
        let (early, patient, doctor) = (
            ctx(self.patient(), Role::Patient, 240),
            ctx(self.patient(), Role::Patient, 5),
            ctx(self.doctor(), Role::Doctor, 1),
        );
        let new = Booking {
            doctor_id: self.doctor().doctor_id(),
            starts_at,
            reason: "A cough".to_owned(),
            patient_id: None,
            overbook_reason: None,
        };
        self.app
            .store(move |conn| {
                let visit = appointments::book(conn, &early, &new)?.appointment;
                if stage >= Stage::Arrived {
                    appointments::arrive(conn, &patient, visit.id)?;
                }
                if stage >= Stage::InCall {
                    appointments::admit(conn, &doctor, visit.id)?;
                }
                Ok((visit.id, visit.conversation_id))
            })
            .await
    }

    async fn booked(&self) -> AppointmentId {
        self.visit(self.later(), Stage::Booked).await.0
    }

    /// A document of the patient, with or without its content.
    async fn document(&self, stored: bool) -> DocumentView {
        let body = json!({
            "name": "a.pdf", "media_type": "application/pdf", "size": PDF.len(),
            "appointment_id": self.live.0,
        });
        let made = self.patient().post(routes::DOCUMENTS, &body).await;
        let view: DocumentView = made.expect(StatusCode::CREATED).json();
        if stored {
            upload(self.patient(), &view).await.expect(StatusCode::OK);
        }
        view
    }

    pub async fn ask(&self, row: &Row, actor: &str) -> Answer {
        let caller = &self.people[actor];
        let method: Method = row.method.parse().unwrap();
        let (path, body) = match self.special(&row.operation, caller).await {
            Ok(answer) => return answer,
            Err(request) => request,
        };
        let path = path.unwrap_or_else(|| row.path.clone());
        let own;
        let caller = match (row.operation.as_str(), actor) {
            // The record is a visit of its own: whoever belongs to it has a link to it.
            ("get_appointment" | "leave_lobby", "link_patient" | "guest") => {
                let id = path.split('/').nth(4).unwrap().parse::<Uuid>().unwrap();
                let joins_as = if actor == "guest" { "other" } else { "patient" };
                own = self.by_link(joins_as, id.into()).await;
                &own
            }
            _ => caller,
        };
        let mut request = caller.request(method.clone(), &path);
        if row.operation == "reschedule_appointment" {
            request = request.header("if-match", "\"1\"");
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        request.send().await
    }

    /// An answer for what is more than a request, else path and body of the request.
    async fn special(
        &self,
        operation: &str,
        caller: &Person,
    ) -> Result<Answer, (Option<String>, Option<Value>)> {
        match operation {
            "refresh" | "logout" => {
                let mut caller = caller.clone();
                if caller.token.is_some() && caller.email.contains('@') {
                    caller.sign_in().await;
                }
                let path = if operation == "refresh" {
                    routes::REFRESH
                } else {
                    routes::LOGOUT
                };
                Ok(caller.by_cookie(path).send().await)
            }
            "confirm_totp" | "remove_totp" | "renew_recovery_codes" => {
                Ok(self.with_factor(operation, caller).await)
            }
            "upload_document_content" => Ok(upload(caller, &self.document(false).await).await),
            "arrive" => {
                let (id, _) = self.visit(30, Stage::Booked).await;
                let own = match caller.id == self.people["link_patient"].id
                    && caller.token == self.people["link_patient"].token
                {
                    true => Some(self.by_link("patient", id).await),
                    false => None,
                };
                let caller = own.as_ref().unwrap_or(caller);
                let answer = caller.act(&routes::appointment_action(id, "arrive")).await;
                // The only time that is near: others need it too.
                let path = routes::appointment_action(id, "cancel");
                self.patient()
                    .post(&path, &json!({}))
                    .await
                    .expect(StatusCode::OK);
                Ok(answer)
            }
            "exchange_join_link" => {
                let link = new_link(self.doctor(), self.booked().await, "other").await;
                Ok(join(caller, Some(&link)).await)
            }
            "open_socket" => {
                let request = caller.request(Method::GET, routes::WS);
                Ok(request.header("origin", &self.app.origin()).send().await)
            }
            _ => Err(self.plain(operation, caller).await),
        }
    }

    /// An operation on a second factor, which the caller has for so long.
    async fn with_factor(&self, operation: &str, caller: &Person) -> Answer {
        let now = start_of_tests();
        let code = |secret: &str| json!({ "code": code_at(secret, now) });
        if caller.token.is_none() || !caller.email.contains('@') {
            return match operation {
                "confirm_totp" => {
                    caller
                        .post(routes::TOTP_CONFIRM, &code("A".repeat(32).as_str()))
                        .await
                }
                "remove_totp" => caller.delete(routes::TOTP).await,
                _ => caller.act(routes::RECOVERY_CODES).await,
            };
        }
        let started = caller.act(routes::TOTP).await.expect(StatusCode::OK);
        let secret = started.json::<TotpEnrolment>().secret;
        let confirmed = caller.post(routes::TOTP_CONFIRM, &code(&secret)).await;
        let renewed = match operation {
            "renew_recovery_codes" => Some(caller.act(routes::RECOVERY_CODES).await),
            _ => None,
        };
        let removed = caller.delete(routes::TOTP).await;
        match operation {
            "confirm_totp" => confirmed,
            "remove_totp" => removed,
            _ => renewed.unwrap(),
        }
    }

    pub async fn plain(&self, operation: &str, caller: &Person) -> (Option<String>, Option<Value>) {
        let (patient, doctor) = (self.patient(), self.doctor());
        let email = format!("fresh{}@example.org", self.fresh());
        let is_patient = caller.email.starts_with("patient");
        let by_link = !caller.email.is_empty() && !caller.email.contains('@');
        let for_patient = |mut body: Value| {
            if !is_patient {
                body["patient_id"] = json!(patient.id);
            }
            body
        };
        let path = |path: String| (Some(path), None);
        match operation {
            "register" => (
                None,
                Some(account(
                    &email,
                    &json!({ "hospital_id": self.app.hospital }),
                )),
            ),
            "set_up_clinic" => {
                let hospital = json!({ "name": "New", "slug": "new", "time_zone": "Europe/Paris" });
                let more = json!({ "token": "of-an-empty-clinic", "password": PASSWORD });
                let mut body = account(&email, &more);
                body["hospital"] = hospital;
                (None, Some(body))
            }
            // Nobody holds a code here: what a code does, its tests say.
            "activate" | "reset_password" => (
                None,
                Some(json!({ "token": "of-nobody", "password": PASSWORD })),
            ),
            "verify_email" => (None, Some(json!({ "token": "of-nobody" }))),
            "forgot_password" => (None, Some(json!({ "email": email }))),
            "change_email" => {
                let body = json!({ "email": email, "current_password": PASSWORD });
                (None, Some(body))
            }
            "invite_again" => path(routes::invitation(self.invited(&email).await)),
            "resend_mail" => path(routes::resend_mail(self.failed_mail().await)),
            "login" => (
                None,
                Some(json!({ "email": patient.email, "password": PASSWORD })),
            ),
            "verify_second_factor" => {
                let body = json!({ "mfa_token": "of-no-sign-in", "code": "123456" });
                (None, Some(body))
            }
            "step_up" => (None, Some(json!({ "password": PASSWORD }))),
            "end_session" => path(routes::session(self.spare_session().await)),
            "change_me" => (None, Some(json!({ "language": "fr" }))),
            "change_password" => {
                let body = json!({ "current_password": PASSWORD, "new_password": PASSWORD });
                (None, Some(body))
            }
            "create_hospital" => {
                let slug = format!("slug-{}", self.fresh());
                (
                    None,
                    Some(json!({ "name": "New", "slug": slug, "time_zone": "Europe/Paris" })),
                )
            }
            "get_hospital" => path(routes::hospital(self.app.hospital)),
            "change_hospital" => (
                Some(routes::hospital(self.app.hospital)),
                Some(json!({ "phone": "+33 9" })),
            ),
            "search_hospitals" | "search_users" | "search_doctors" | "search_patients"
            | "search_next_slots" => (None, Some(json!({ "search": "a" }))),
            "create_user" => {
                let more = json!({ "hospital_id": self.app.hospital, "role": "patient" });
                (None, Some(account(&email, &more)))
            }
            "get_user" => path(routes::user(patient.id)),
            "change_user" => (
                Some(routes::user(patient.id)),
                Some(json!({ "name": "patient_self" })),
            ),
            "get_doctor" => path(routes::doctor(doctor.doctor_id())),
            "change_doctor" => (
                Some(routes::doctor(doctor.doctor_id())),
                Some(json!({ "biography": "Hello" })),
            ),
            "create_patient" => (None, Some(account(&email, &json!({})))),
            "get_patient" => path(routes::patient(patient.patient_id())),
            "change_patient" => (
                Some(routes::patient(patient.patient_id())),
                Some(json!({ "phone": "+33 8" })),
            ),
            "get_availability" => path(routes::availability(doctor.doctor_id())),
            "replace_availability" => {
                let view = doctor.get(&routes::availability(doctor.doctor_id())).await;
                let rules = view.json::<Value>()["rules"].clone();
                (
                    Some(routes::availability(doctor.doctor_id())),
                    Some(json!({ "rules": rules })),
                )
            }
            "add_exception" => (
                Some(routes::exceptions(doctor.doctor_id())),
                Some(extra_hours()),
            ),
            "delete_exception" => {
                let made = doctor
                    .post(&routes::exceptions(doctor.doctor_id()), &extra_hours())
                    .await;
                let id = made.expect(StatusCode::CREATED).json::<Value>()["id"].clone();
                let id = serde_json::from_value(id).unwrap();
                path(routes::exception(doctor.doctor_id(), id))
            }
            "list_slots" => {
                let days = "from=2026-11-24&to=2026-11-25";
                path(format!("{}?{days}", routes::slots(doctor.doctor_id())))
            }
            "book_appointment" => (
                None,
                Some(for_patient(booking(doctor.doctor_id(), self.later()))),
            ),
            "hold_appointment" => {
                let mut body = for_patient(booking(doctor.doctor_id(), self.later()));
                body.as_object_mut().unwrap().remove("reason");
                (None, Some(body))
            }
            "confirm_appointment" => {
                let mut wish = booking(doctor.doctor_id(), self.later());
                wish.as_object_mut().unwrap().remove("reason");
                let held = patient.post(routes::APPOINTMENT_HOLDS, &wish).await;
                let held: AppointmentView = held.expect(StatusCode::CREATED).json();
                (
                    Some(routes::appointment_action(held.id, "confirm")),
                    Some(json!({ "reason": "cough" })),
                )
            }
            "get_appointment" => path(routes::appointment(self.booked().await)),
            "get_appointment_history" => path(routes::appointment_history(self.booked().await)),
            "reschedule_appointment" => {
                let to = start_of_tests().plus_minutes(self.later());
                let path = routes::appointment(self.booked().await);
                (Some(path), Some(json!({ "starts_at": to })))
            }
            "cancel_appointment" => {
                let path = routes::appointment_action(self.booked().await, "cancel");
                (Some(path), Some(json!({})))
            }
            "leave_lobby" => path(self.step(self.later(), Stage::Arrived, "leave").await),
            "admit_patient" => path(self.step(self.later(), Stage::Arrived, "admit").await),
            "finish_visit" => path(self.step(self.later(), Stage::InCall, "finish").await),
            // Nobody came to a visit that is over.
            "mark_no_show" => path(self.step(-self.later(), Stage::Booked, "no-show").await),
            "get_appointment_calendar" => path(routes::appointment_calendar(self.live.0)),
            "read_calendar_feed" => path(link(&self.app, self.patient()).await),
            "get_call" => path(routes::call(self.live.0)),
            "list_join_links" => path(routes::join_links(self.live.0)),
            "create_join_link" => {
                let body = json!({ "joins_as": "family", "guest_name": "Rosa" });
                (Some(routes::join_links(self.booked().await)), Some(body))
            }
            "revoke_join_link" | "admit_device" => {
                let visit = self.booked().await;
                let link = new_link(doctor, visit, "family").await;
                for _ in 0..2 {
                    // The second browser asks to be let in.
                    join(&self.app.anonymous(), Some(&link)).await;
                }
                let links: Page<JoinLinkView> = doctor.get(&routes::join_links(visit)).await.json();
                let id = links.items.iter().find(|one| one.asked_at.is_some());
                let id = id.unwrap().id;
                path(match operation {
                    "admit_device" => routes::admit_device(visit, id),
                    _ => routes::join_link(visit, id),
                })
            }
            "list_messages" => path(routes::messages(self.live.1)),
            "send_message" => {
                let body = json!({ "client_id": Uuid::from_u64_pair(7, self.fresh().unsigned_abs()), "body": "Hi" });
                (Some(routes::messages(self.live.1)), Some(body))
            }
            "mark_conversation_read" => {
                (Some(routes::read(self.live.1)), Some(json!({ "seq": 1 })))
            }
            "announce_document" => {
                let mut body =
                    json!({ "name": "a.pdf", "media_type": "application/pdf", "size": 9 });
                if by_link {
                    body["appointment_id"] = json!(self.live.0);
                }
                (None, Some(for_patient(body)))
            }
            "get_document" | "delete_document" => {
                path(routes::document(self.document(true).await.id))
            }
            "download_document" => path(routes::document_content(self.document(true).await.id)),
            "get_liveness"
            | "get_readiness"
            | "get_config"
            | "list_sessions"
            | "end_other_sessions"
            | "get_totp"
            | "start_totp"
            | "get_me"
            | "get_calendar_feed"
            | "create_calendar_feed"
            | "revoke_calendar_feed"
            | "list_hospitals"
            | "list_users"
            | "list_mails"
            | "list_demo_mails"
            | "list_doctors"
            | "get_doctor_choices"
            | "list_patients"
            | "list_appointments"
            | "get_lobby"
            | "list_conversations"
            | "list_documents"
            | "get_dashboard"
            | "list_audit_events"
            | "export_audit_events"
            | "get_access_report"
            | "create_socket_ticket" => (None, None),
            other => panic!("the matrix test does not know {other}"),
        }
    }

    async fn step(&self, minutes: i64, stage: Stage, action: &str) -> String {
        routes::appointment_action(self.visit(minutes, stage).await.0, action)
    }

    /// A patient who was invited and has not come.
    async fn invited(&self, email: &str) -> UserId {
        let body = account(email, &json!({}));
        let staff = &self.people["staff"];
        let made = staff.post(routes::PATIENTS, &body).await;
        made.expect(StatusCode::CREATED)
            .json::<PatientView>()
            .id
            .into()
    }

    /// A mail that failed.
    async fn failed_mail(&self) -> MailId {
        self.app.fail_sent_mail().await;
        let path = format!("{}?state=failed", routes::MAILS);
        let failed: Page<MailView> = self.people["admin"].get(&path).await.json();
        failed.items[0].id
    }

    /// A second session of the patient.
    async fn spare_session(&self) -> SessionId {
        self.patient().clone().sign_in().await;
        let all: Page<SessionView> = self.patient().get(routes::SESSIONS).await.json();
        all.items.iter().find(|one| !one.current).unwrap().id
    }
}

#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Stage {
    Booked,
    Arrived,
    InCall,
}

fn extra_hours() -> Value {
    json!({
        "kind": "extra_hours",
        "starts_at": "2026-12-24T08:00:00Z", "ends_at": "2026-12-24T09:00:00Z",
    })
}

/// A new account with these fields besides.
fn account(email: &str, more: &Value) -> Value {
    let mut body = json!({ "name": "New Person", "email": email });
    body.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    body
}

async fn upload(caller: &Person, document: &DocumentView) -> Answer {
    caller
        .request(Method::PUT, &routes::document_content(document.id))
        .header("content-type", "application/pdf")
        .body(PDF)
        .send()
        .await
}

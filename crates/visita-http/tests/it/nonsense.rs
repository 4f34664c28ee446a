//! What no calendar can hold: each has a stable code of its own, and changes nothing.

use std::collections::BTreeMap;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use visita_domain::appointment::HOLD_MINUTES;
use visita_domain::people::Role;
use visita_wire::appointments::AppointmentView;
use visita_wire::{Page, routes};

use crate::harness::{TestApp, on_both, start_of_tests};
use crate::person::Person;

on_both!(
    nonsense_has_a_code_each_and_changes_nothing,
    a_hold_that_is_over_is_not_confirmed,
);

/// A request that is refused.
struct Refused {
    what: &'static str,
    by: Person,
    method: Method,
    path: String,
    body: Value,
    /// The `If-Match` header.
    version: Option<i64>,
    status: u16,
    code: &'static str,
}

/// Everybody and everything that the requests name.
struct Stage {
    app: TestApp,
    staff: Person,
    admin: Person,
    doctor: Person,
    ana: Person,
    archived: Person,
    /// A doctor and a patient of another hospital.
    strangers: (Person, Person),
    booked: AppointmentView,
    cancelled: AppointmentView,
}

impl Stage {
    async fn new(app: TestApp) -> Self {
        let (staff, doctor, ana) = (
            app.staff("sam").await,
            app.doctor("dora").await,
            app.patient("ana").await,
        );
        let admin = app.admin("amy").await;
        let archived = app.patient("away").await;
        let away = app.other_hospital("elsewhere").await;
        let strangers = (
            app.person(Role::Doctor, Some(away), "odo").await,
            app.person(Role::Patient, Some(away), "olga").await,
        );
        let booked = ana.book(&doctor, 90).await;
        let cancelled = ana.book(&doctor, 180).await;
        let cancel = routes::appointment_action(cancelled.id, "cancel");
        ana.post(&cancel, &json!({})).await.expect(StatusCode::OK);
        staff
            .patch(&routes::user(archived.id), &json!({ "state": "disabled" }))
            .await
            .expect(StatusCode::OK);
        Self {
            app,
            staff,
            admin,
            doctor,
            ana,
            archived,
            strangers,
            booked,
            cancelled,
        }
    }

    fn refused(&self, what: &'static str, code: &'static str) -> Refused {
        Refused {
            what,
            by: self.ana.clone(),
            method: Method::POST,
            path: routes::APPOINTMENTS.to_owned(),
            body: Value::Null,
            version: None,
            status: 422,
            code,
        }
    }

    fn book(&self, what: &'static str, code: &'static str, more: &Value) -> Refused {
        let mut body = json!({
            "doctor_id": self.doctor.doctor_id(), "starts_at": at(300), "reason": "Cough",
        });
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        Refused {
            body,
            ..self.refused(what, code)
        }
    }

    fn hours(&self, what: &'static str, code: &'static str, rules: &Value) -> Refused {
        Refused {
            by: self.doctor.clone(),
            method: Method::PUT,
            path: routes::availability(self.doctor.doctor_id()),
            body: json!({ "rules": rules }),
            ..self.refused(what, code)
        }
    }

    fn time_off(&self, what: &'static str, code: &'static str, from: &str, to: &str) -> Refused {
        Refused {
            by: self.doctor.clone(),
            path: routes::exceptions(self.doctor.doctor_id()),
            body: json!({ "kind": "time_off", "starts_at": from, "ends_at": to }),
            ..self.refused(what, code)
        }
    }

    fn moved(&self, what: &'static str, code: &'static str, version: i64) -> Refused {
        Refused {
            method: Method::PATCH,
            path: routes::appointment(self.booked.id),
            body: json!({ "starts_at": at(300) }),
            version: Some(version),
            status: 412,
            ..self.refused(what, code)
        }
    }

    fn acted(&self, what: &'static str, code: &'static str, path: String) -> Refused {
        Refused {
            path,
            body: json!({ "reason": "Cough" }),
            status: 409,
            ..self.refused(what, code)
        }
    }

    fn doctors(&self, what: &'static str, code: &'static str, body: Value) -> Refused {
        Refused {
            by: self.doctor.clone(),
            method: Method::PATCH,
            path: routes::doctor(self.doctor.doctor_id()),
            body,
            ..self.refused(what, code)
        }
    }

    fn ranges(&self) -> Vec<Refused> {
        let rule =
            |from: &str, until: &str| json!({ "weekday": "monday", "from": from, "until": until });
        let valid = |from: &str, until: &str| {
            let mut rule = rule("09:00", "12:00");
            rule["valid_from"] = json!(from);
            rule["valid_until"] = json!(until);
            rule
        };
        let time = "invalid_time";
        let form = "validation_failed";
        vec![
            self.hours(
                "hours that end first",
                time,
                &json!([rule("17:00", "09:00")]),
            ),
            self.hours("hours of no length", time, &json!([rule("09:00", "09:00")])),
            self.hours(
                "hours that overlap",
                time,
                &json!([rule("09:00", "12:00"), rule("11:00", "15:00")]),
            ),
            self.hours("an hour of no day", form, &json!([rule("09:00", "25:00")])),
            self.hours(
                "dates that end first",
                time,
                &json!([valid("2026-12-31", "2026-12-01")]),
            ),
            self.hours(
                "30 February",
                form,
                &json!([valid("2026-02-30", "2026-03-01")]),
            ),
            self.time_off(
                "time off that ends first",
                time,
                "2026-12-02T08:00:00Z",
                "2026-12-01T08:00:00Z",
            ),
            self.time_off(
                "time off of no length",
                time,
                "2026-12-02T08:00:00Z",
                "2026-12-02T08:00:00Z",
            ),
            self.time_off(
                "time off in the year 9999",
                time,
                "9999-12-01T08:00:00Z",
                "9999-12-02T08:00:00Z",
            ),
            self.doctors(
                "a buffer below nothing",
                form,
                json!({ "buffer_minutes": -5 }),
            ),
            self.doctors("a buffer of days", form, json!({ "buffer_minutes": 5000 })),
            self.doctors("visits of no length", form, json!({ "visit_minutes": 0 })),
        ]
    }

    fn bookings(&self) -> Vec<Refused> {
        let (doctor, patient) = &self.strangers;
        let form = "validation_failed";
        let of = |by: &Person, status, refused| Refused {
            by: by.clone(),
            status,
            ..refused
        };
        let archived = json!({ "patient_id": self.archived.id });
        let theirs = json!({ "patient_id": patient.id });
        vec![
            self.book(
                "30 February",
                form,
                &json!({ "starts_at": "2026-02-30T10:00:00Z" }),
            ),
            self.book(
                "the year 9999",
                "invalid_time",
                &json!({ "starts_at": "9999-12-01T10:00:00Z" }),
            ),
            self.book(
                "a year of five digits",
                form,
                &json!({ "starts_at": "10000-01-01T10:00:00Z" }),
            ),
            self.book(
                "a time without a zone",
                form,
                &json!({ "starts_at": "2026-11-24T10:00:00" }),
            ),
            of(
                &self.ana,
                409,
                self.book(
                    "the past",
                    "slot_taken",
                    &json!({ "starts_at": "2020-01-01T10:00:00Z" }),
                ),
            ),
            of(
                &self.ana,
                404,
                self.book(
                    "another's doctor",
                    "not_found",
                    &json!({ "doctor_id": doctor.id }),
                ),
            ),
            of(
                &self.staff,
                404,
                self.book("another's patient", "not_found", &theirs),
            ),
            of(
                &self.staff,
                409,
                self.book("somebody archived", "patient_archived", &archived),
            ),
            self.moved("version 0", "version_mismatch", 0),
            self.moved("a version to come", "version_mismatch", 9),
            self.acted(
                "what is cancelled",
                "illegal_transition",
                routes::appointment_action(self.cancelled.id, "cancel"),
            ),
            Refused {
                by: self.admin.clone(),
                path: routes::HOSPITALS.to_owned(),
                body: json!({ "name": "Mars", "slug": "mars", "time_zone": "Mars/Olympus" }),
                ..self.refused("a zone that is none", "validation_failed")
            },
            Refused {
                by: self.staff.clone(),
                method: Method::PATCH,
                path: routes::hospital(self.app.hospital),
                body: json!({ "time_zone": "Mars/Olympus" }),
                ..self.refused("a zone that is none, later", "validation_failed")
            },
        ]
    }

    /// Every row but of the trail, which tells of some refusals; of mails, which are on
    /// their way, how many there are.
    fn rows(&self) -> BTreeMap<String, String> {
        let tables = self.app.tables().into_iter();
        tables
            .filter(|table| !table.starts_with("audit_") && table != "job_leases")
            .map(|table| {
                let rows = self.app.dump(&table);
                let rows = match table.as_str() {
                    "mails" => rows.lines().count().to_string(),
                    _ => rows,
                };
                (table, rows)
            })
            .collect()
    }
}

fn at(minutes: i64) -> visita_domain::Ts {
    start_of_tests().plus_minutes(minutes)
}

async fn nonsense_has_a_code_each_and_changes_nothing(app: TestApp) {
    let stage = Stage::new(app).await;
    let before = stage.rows();
    for one in stage.ranges().into_iter().chain(stage.bookings()) {
        let mut request = one.by.request(one.method, &one.path).json(&one.body);
        if let Some(version) = one.version {
            request = request.header("if-match", &format!("\"{version}\""));
        }
        let answer = request.send().await;
        assert_eq!(
            answer.status.as_u16(),
            one.status,
            "{}: {answer:?}",
            one.what
        );
        answer.problem(one.status, one.code);
    }
    for (table, rows) in stage.rows() {
        assert!(before[&table] == rows, "{table} changed");
    }
}

async fn a_hold_that_is_over_is_not_confirmed(app: TestApp) {
    let (doctor, mut ana) = (app.doctor("dora").await, app.patient("ana").await);
    let wish = json!({ "doctor_id": doctor.doctor_id(), "starts_at": at(240) });
    let held = ana.post(routes::APPOINTMENT_HOLDS, &wish).await;
    let held: AppointmentView = held.expect(StatusCode::CREATED).json();
    app.clock.advance_secs(HOLD_MINUTES * 60);
    ana.sign_in().await;
    let confirm = routes::appointment_action(held.id, "confirm");
    ana.post(&confirm, &json!({ "reason": "Cough" }))
        .await
        .problem(409, "hold_expired");
    let booked: Page<AppointmentView> = ana.get(routes::APPOINTMENTS).await.json();
    assert_eq!(booked.items.len(), 0);
}

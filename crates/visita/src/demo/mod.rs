//! The demo clinic: people, and two weeks of visits around the moment of the first start.
//!
//! Everything goes through the functions that handlers call, with the clock turned
//! back, so that the data are what a real clinic would have: audit trail included.

mod cast;
mod papers;
mod people;
mod schedule;
mod story;

use std::collections::HashMap;
use std::convert::Infallible;

use anyhow::{Context, Result, anyhow, bail};
use visita_domain::appointment::Appointment;
use visita_domain::people::{Email, HospitalOrder, HospitalScope, Role};
use visita_domain::{
    AppointmentId, ClientMessageId, ConversationId, LocalDate, LocalTime, PatientId, Ts, UserId,
    Weekday,
};
use visita_files::{Announced, Files};
use visita_store::appointments::Booking;
use visita_store::availability::{IfStranded, RuleInput};
use visita_store::chat::{Outgoing, Window};
use visita_store::documents::NewDocument;
use visita_store::people::{
    DoctorChanges, FirstAccess, HospitalFilter, NewHospital, NewPatient, NewUser, PatientChanges,
};
use visita_store::{
    AnyConn, Ctx, Store, StoreError, appointments, auth, availability, chat, documents, ids, mail,
    people as accounts,
};
use visita_wire::config::DemoAccount;

use cast::{Cast, actor, ctx, reception};
use papers::Paper;
pub(crate) use people::PASSWORD;
use people::{ADMIN, DOCTORS, HOSPITALS, Hours, House, NEWCOMER, PATIENTS, STAFF, address};
use schedule::{Event, Scheduled, events};
use story::{Line, Outcome, VISITS, Visit, What, Who};

/// The accounts to show, the four main ones first.
pub(crate) fn accounts() -> Vec<DemoAccount> {
    let account = |role, name: &str, mailbox: &str| DemoAccount {
        role,
        name: name.to_owned(),
        email: address(mailbox),
        password: PASSWORD.to_owned(),
    };
    let staff = STAFF
        .iter()
        .map(|(_, name, mailbox)| account(Role::Staff, name, mailbox));
    let doctors = DOCTORS
        .iter()
        .map(|d| account(Role::Doctor, d.name, d.mailbox));
    let patients = PATIENTS
        .iter()
        .map(|p| account(Role::Patient, p.name, p.mailbox));
    let mut all = vec![account(Role::Admin, ADMIN.0, ADMIN.1)];
    all.extend(staff.chain(doctors).chain(patients));
    all.push(account(Role::Patient, NEWCOMER.0, NEWCOMER.1));
    let main = ["admin", "staff", "doctor", "patient"].map(address);
    all.sort_by_key(|account| {
        main.iter()
            .position(|address| *address == account.email)
            .unwrap_or(main.len())
    });
    all
}

/// Fills an empty database. Does nothing where the demo is already.
///
/// # Errors
/// When the database holds something else, or an earlier start was interrupted.
pub(crate) async fn seed(store: &Store, files: &Files, password_hash: &str, now: Ts) -> Result<()> {
    let newcomer = email(NEWCOMER.1)?;
    let admin = email(ADMIN.1)?;
    let found = store
        .run(move |conn| {
            let complete = auth::find_credentials(conn, &newcomer)?.is_some();
            let begun = auth::find_credentials(conn, &admin)?.is_some();
            let page = visita_store::PageQuery {
                limit: 1,
                cursor: None,
            };
            let any = HospitalFilter {
                scope: HospitalScope::All,
                search: None,
            };
            let order = HospitalOrder::default();
            let found = accounts::list_hospitals(conn, &any, order, &page)?;
            let used = !found.items.is_empty();
            Ok((complete, begun, used))
        })
        .await?;
    match found {
        (true, _, _) => return Ok(()),
        (false, true, _) => bail!(
            "the first start of the demo was interrupted; remove its data folder and start again"
        ),
        (false, false, true) => bail!(
            "VISITA_DEMO: the database holds a real clinic; a demo wants a data folder of its own"
        ),
        (false, false, false) => {}
    }
    let clinic = Clinic {
        store,
        files,
        password_hash,
    };
    let cast = clinic.hire(now.plus_days(-60)).await?;
    clinic.play(&cast, now).await?;
    clinic.welcome(&cast, now.plus_minutes(-20)).await
}

fn email(mailbox: &str) -> Result<Email> {
    Email::parse(&address(mailbox)).context("address of a demo account")
}

struct Clinic<'a> {
    store: &'a Store,
    files: &'a Files,
    password_hash: &'a str,
}

impl Clinic<'_> {
    async fn run<T: Send + 'static>(
        &self,
        what: &'static str,
        f: impl FnOnce(&mut AnyConn) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T> {
        self.store
            .run(f)
            .await
            .with_context(|| format!("demo: {what}"))
    }

    /// Creates hospitals and accounts.
    async fn hire(&self, now: Ts) -> Result<Cast> {
        let (name, address, hash) = (ADMIN.0, email(ADMIN.1)?, self.password_hash.to_owned());
        let admin = self
            .run("admin", move |conn| {
                accounts::create_admin(conn, name, &address, &hash, now)
            })
            .await?;
        let admin = actor(admin.id, Role::Admin, None);
        let mut cast = Cast {
            houses: Vec::new(),
            actors: HashMap::from([(ADMIN.1, admin)]),
        };
        for hospital in &HOSPITALS {
            let new = NewHospital {
                name: hospital.name.to_owned(),
                slug: hospital.slug.to_owned(),
                time_zone: hospital.time_zone.to_owned(),
                phone: hospital.phone.to_owned(),
                address: hospital.address.to_owned(),
            };
            let created = self
                .run("hospital", move |conn| {
                    accounts::create_hospital(conn, &ctx(admin, now), &new)
                })
                .await?;
            cast.houses.push((hospital.house, created.id));
        }
        for (house, name, mailbox) in STAFF {
            self.employ(&mut cast, now, (house, name, mailbox), Role::Staff)
                .await?;
        }
        for doctor in &DOCTORS {
            let who = (doctor.house, doctor.name, doctor.mailbox);
            self.employ(&mut cast, now, who, Role::Doctor).await?;
            self.introduce(&cast, now, doctor).await?;
        }
        for patient in PATIENTS {
            self.register(&mut cast, now.plus_days(2), patient).await?;
        }
        Ok(cast)
    }

    async fn employ(
        &self,
        cast: &mut Cast,
        now: Ts,
        (house, name, mailbox): (House, &'static str, &'static str),
        role: Role,
    ) -> Result<()> {
        let hospital_id = Some(cast.house(house)?);
        let by = cast.ctx(ADMIN.1, now)?;
        let new = NewUser {
            hospital_id,
            role,
            name: name.to_owned(),
            email: email(mailbox)?,
            access: FirstAccess::Password(self.password_hash.to_owned()),
            language: "en".to_owned(),
            specialty: (role == Role::Doctor).then(|| "General practice".to_owned()),
        };
        let created = self
            .run("account", move |conn| {
                accounts::create_user(conn, &by, &new)
            })
            .await?;
        cast.actors
            .insert(mailbox, actor(created.user.id, role, hospital_id));
        Ok(())
    }

    /// A doctor's profile and working hours, written by the doctor.
    async fn introduce(&self, cast: &Cast, now: Ts, doctor: &people::Doctor) -> Result<()> {
        let by = cast.ctx(doctor.mailbox, now)?;
        let id = by.actor.user_id.into();
        let changes = DoctorChanges {
            specialty: Some(doctor.specialty.to_owned()),
            languages: Some(doctor.languages.iter().map(|&tag| tag.to_owned()).collect()),
            biography: Some(doctor.biography.to_owned()),
            licence_number: Some(doctor.licence.to_owned()),
            visit_minutes: Some(doctor.visit_minutes),
            buffer_minutes: Some(doctor.buffer_minutes),
            ..DoctorChanges::default()
        };
        let rules = weekly(doctor.hours)?;
        self.run("doctor", move |conn| {
            accounts::change_doctor(conn, &by, id, &changes)?;
            availability::replace_rules(conn, &by, id, &rules, IfStranded::Keep)
        })
        .await?;
        Ok(())
    }

    /// A patient's registration, and the record as reception completes it.
    async fn register(&self, cast: &mut Cast, now: Ts, patient: &people::Patient) -> Result<()> {
        let hospital_id = cast.house(patient.house)?;
        let new = NewPatient {
            hospital_id,
            name: patient.name.to_owned(),
            email: email(patient.mailbox)?,
            password_hash: self.password_hash.to_owned(),
            language: patient.language.to_owned(),
        };
        let (year, month, day) = patient.born;
        let changes = PatientChanges {
            date_of_birth: Some(LocalDate::new(year, month, day)?),
            sex: Some(patient.sex),
            phone: Some(patient.phone.to_owned()),
            record_number: Some(patient.record.to_owned()),
            emergency_contact: Some(patient.contact.to_owned()),
            ..PatientChanges::default()
        };
        let by = cast.ctx(reception(patient.house)?, now.plus_minutes(30))?;
        let user = self
            .run("patient", move |conn| {
                let user = accounts::register_patient(conn, &new, now, None)?;
                accounts::change_patient(conn, &by, PatientId::from(user.id), &changes)?;
                Ok(user)
            })
            .await?;
        cast.actors.insert(
            patient.mailbox,
            actor(user.id, Role::Patient, Some(hospital_id)),
        );
        Ok(())
    }

    /// The account that marks the end of the work.
    async fn welcome(&self, cast: &Cast, now: Ts) -> Result<()> {
        let new = NewPatient {
            hospital_id: cast.house(House::Parc)?,
            name: NEWCOMER.0.to_owned(),
            email: email(NEWCOMER.1)?,
            password_hash: self.password_hash.to_owned(),
            language: "fr".to_owned(),
        };
        self.run("newcomer", move |conn| {
            accounts::register_patient(conn, &new, now, None)
        })
        .await?;
        Ok(())
    }

    /// Lets everything happen, in order of time.
    async fn play(&self, cast: &Cast, now: Ts) -> Result<()> {
        let mut booked: HashMap<usize, (AppointmentId, ConversationId)> = HashMap::new();
        for scheduled in events(now)? {
            let Scheduled {
                at,
                visit: index,
                event,
            } = scheduled;
            let visit = VISITS
                .get(index)
                .ok_or_else(|| anyhow!("no demo visit {index}"))?;
            if let Event::Book = event {
                let made = self.book(cast, visit, at, now).await?;
                self.post(at).await?;
                booked.insert(index, (made.id, made.conversation_id));
                continue;
            }
            let (id, conversation) = *booked
                .get(&index)
                .ok_or_else(|| anyhow!("a demo visit happens before it is booked"))?;
            match event {
                Event::Talk(line) => self.talk(cast, visit, line, at, (id, conversation)).await?,
                other => self.change(cast, visit, other, at, id).await?,
            }
            self.post(at).await?;
        }
        Ok(())
    }

    /// What was mailed at that time has long arrived when the demo opens.
    async fn post(&self, at: Ts) -> Result<()> {
        self.run("mail", move |conn| {
            while let Some(taken) = mail::take_due(conn, at)? {
                mail::settle(conn, &taken, Ok(()), at)?;
            }
            Ok(())
        })
        .await
    }

    async fn book(&self, cast: &Cast, visit: &Visit, at: Ts, now: Ts) -> Result<Appointment> {
        let by = cast.ctx(visit.patient, at)?;
        let booking = Booking {
            doctor_id: cast.ctx(visit.doctor, at)?.actor.user_id.into(),
            starts_at: schedule::starts_at(visit, now)?,
            reason: visit.reason.to_owned(),
            patient_id: None,
            overbook_reason: None,
        };
        let booked = self
            .run("booking", move |conn| {
                appointments::book(conn, &by, &booking)
            })
            .await?;
        Ok(booked.appointment)
    }

    async fn change(
        &self,
        cast: &Cast,
        visit: &Visit,
        event: Event,
        at: Ts,
        id: AppointmentId,
    ) -> Result<()> {
        let (who, reason) = match (event, visit.outcome) {
            (Event::Cancel, Outcome::Cancelled(who, reason)) => (who, Some(reason)),
            (Event::Arrive, _) => (Who::Patient, None),
            _ => (Who::Doctor, None),
        };
        let by = cast.in_visit(visit, who, at)?;
        self.run("visit", move |conn| match event {
            Event::Arrive => appointments::arrive(conn, &by, id),
            Event::Admit => appointments::admit(conn, &by, id),
            Event::Finish => appointments::finish(conn, &by, id),
            Event::NoShow => appointments::mark_no_show(conn, &by, id),
            Event::Cancel => appointments::cancel(conn, &by, id, reason),
            Event::Book | Event::Talk(_) => Err(StoreError::NotFound),
        })
        .await?;
        Ok(())
    }

    async fn talk(
        &self,
        cast: &Cast,
        visit: &Visit,
        line: Line,
        at: Ts,
        (appointment, conversation): (AppointmentId, ConversationId),
    ) -> Result<()> {
        let by = cast.in_visit(visit, line.who, at)?;
        let client_id = ClientMessageId::new(ids::fresh(at));
        match line.what {
            What::Words(text) => {
                let outgoing = Outgoing {
                    client_id,
                    body: text.to_owned(),
                    document_id: None,
                };
                self.run("message", move |conn| {
                    chat::send(conn, &by, conversation, &outgoing)
                })
                .await?;
            }
            What::Paper(paper) => {
                let patient = cast.ctx(visit.patient, at)?.actor.user_id;
                let document_id = self.file(by, patient, appointment, paper).await?;
                let outgoing = Outgoing {
                    client_id,
                    body: paper.file_name().to_owned(),
                    document_id: Some(document_id),
                };
                self.run("file message", move |conn| {
                    chat::send(conn, &by, conversation, &outgoing)
                })
                .await?;
            }
            What::Reads => {
                self.run("reading", move |conn| {
                    let window = chat::messages(conn, &by, conversation, Window::After(0), 100)?;
                    chat::mark_read(conn, &by, conversation, window.last_seq)
                })
                .await?;
            }
        }
        Ok(())
    }

    /// Uploads a paper as a browser would.
    async fn file(
        &self,
        by: Ctx,
        patient: UserId,
        appointment: AppointmentId,
        paper: Paper,
    ) -> Result<visita_domain::DocumentId> {
        let content = paper.content();
        let new = NewDocument {
            patient_id: (by.actor.role != Role::Patient).then(|| patient.into()),
            appointment_id: Some(appointment),
            name: paper.file_name().to_owned(),
            media_type: paper.media_type(),
            size: i64::try_from(content.len())?,
        };
        let document = self
            .run("document", move |conn| documents::announce(conn, &by, &new))
            .await?;
        let announced = Announced {
            id: document.id,
            name: paper.file_name(),
            media_type: paper.media_type(),
            size: u64::try_from(content.len())?,
        };
        let body = futures_util::stream::iter([Ok::<_, Infallible>(content.into())]);
        let kept = self.files.put(announced, body).await?;
        let (id, size) = (document.id, i64::try_from(kept.size)?);
        self.run("content", move |conn| {
            documents::mark_stored(conn, &by, id, size, &kept.sha256)
        })
        .await?;
        Ok(id)
    }
}

fn weekly(hours: Hours) -> Result<Vec<RuleInput>> {
    use Weekday::{Friday, Monday, Saturday, Sunday, Thursday, Tuesday, Wednesday};
    let (days, spans): (&[Weekday], &[(u16, u16)]) = match hours {
        Hours::Always => (
            &[
                Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday,
            ],
            &[(0, 24 * 60)],
        ),
        Hours::Weekdays(spans) => (&[Monday, Tuesday, Wednesday, Thursday, Friday], spans),
    };
    let mut rules = Vec::new();
    for weekday in days {
        for (from, until) in spans {
            rules.push(RuleInput {
                weekday: *weekday,
                from: LocalTime::from_minutes(*from)?,
                until: LocalTime::from_minutes(*until)?,
                valid_from: None,
                valid_until: None,
            });
        }
    }
    Ok(rules)
}

//! A small clinic: people who act, on a database of their own.

use std::sync::atomic::{AtomicU32, Ordering};

use uuid::Uuid;
use visita_domain::access::Actor;
use visita_domain::appointment::Appointment;
use visita_domain::people::{Email, Role};
use visita_domain::{
    AppointmentId, ClientMessageId, DoctorId, HospitalId, PatientId, SessionId, Ts, UserId, Weekday,
};
use visita_store::appointments::{self, Booked, Booking, Move};
use visita_store::availability::{self, IfStranded, RuleInput};
use visita_store::chat::Outgoing;
use visita_store::people::{self, FirstAccess, NewHospital, NewUser};
use visita_store::{AnyConn, Ctx, Store, StoreError};
use visita_testkit::TestDb;

/// A Monday morning in Paris, before the doctors begin.
pub fn now() -> Ts {
    at("2026-11-23T07:00:00Z")
}

pub fn at(text: &str) -> Ts {
    text.parse().unwrap()
}

/// Ten o'clock in Paris on the clinic's first Tuesday: a slot.
pub fn tuesday_ten() -> Ts {
    at("2026-11-24T09:00:00Z")
}

/// A hospital with one of each, and the platform's admin.
pub struct Clinic {
    pub store: Store,
    pub hospital: HospitalId,
    pub admin: Ctx,
    pub staff: Ctx,
    pub doctor: Ctx,
    pub patient: Ctx,
}

impl Clinic {
    pub fn new(db: &TestDb) -> Self {
        let store = db.store().clone();
        let admin = run(&store, |conn| {
            let email = Email::parse(&fresh_email()).unwrap();
            people::create_admin(conn, "Root", &email, "hash", now())
        });
        Self::opened_by(store, ctx(admin.id, Role::Admin, None))
    }

    /// Another hospital on the same database.
    pub fn next(&self) -> Self {
        Self::opened_by(self.store.clone(), self.admin)
    }

    fn opened_by(store: Store, admin: Ctx) -> Self {
        let hospital = run(&store, |conn| {
            let new = NewHospital {
                name: "Saint Roch".to_owned(),
                slug: format!("h-{}", number()),
                time_zone: "Europe/Paris".to_owned(),
                phone: "+33 1 00 00 00 00".to_owned(),
                address: String::new(),
            };
            people::create_hospital(conn, &admin, &new)
        })
        .id;
        let person = |role| person_of(&store, &admin, hospital, role);
        let (staff, doctor, patient) = (
            person(Role::Staff),
            person(Role::Doctor),
            person(Role::Patient),
        );
        let clinic = Self {
            hospital,
            staff,
            doctor,
            patient,
            admin,
            store,
        };
        clinic.works_nine_to_five(&clinic.doctor);
        clinic
    }

    pub fn run<T>(&self, f: impl FnOnce(&mut AnyConn) -> Result<T, StoreError>) -> T {
        run(&self.store, f)
    }

    pub fn try_run<T>(
        &self,
        f: impl FnOnce(&mut AnyConn) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.store.run_blocking(f)
    }

    /// Somebody new.
    pub fn person(&self, role: Role) -> Ctx {
        person_of(&self.store, &self.admin, self.hospital, role)
    }

    /// A doctor who works.
    pub fn new_doctor(&self) -> Ctx {
        let doctor = self.person(Role::Doctor);
        self.works_nine_to_five(&doctor);
        doctor
    }

    fn works_nine_to_five(&self, doctor: &Ctx) {
        let rules = Weekday::ALL.map(|weekday| RuleInput {
            weekday,
            from: "09:00".parse().unwrap(),
            until: "17:00".parse().unwrap(),
            valid_from: None,
            valid_until: None,
        });
        self.run(|conn| {
            availability::replace_rules(conn, doctor, doctor_id(doctor), &rules, IfStranded::Keep)
        });
    }

    pub fn book(&self, who: &Ctx, booking: &Booking) -> Result<Booked, StoreError> {
        self.try_run(|conn| appointments::book(conn, who, booking))
    }

    /// The patient's visit with the doctor.
    pub fn booked(&self, starts_at: Ts) -> Appointment {
        self.booked_between(&self.doctor, &self.patient, starts_at)
    }

    pub fn booked_between(&self, doctor: &Ctx, patient: &Ctx, starts_at: Ts) -> Appointment {
        self.book(patient, &booking(doctor, starts_at))
            .unwrap()
            .appointment
    }

    /// A visit with the patient in the call, and the time at which it is so.
    pub fn in_call(&self, starts_at: Ts) -> Appointment {
        let id = self.booked(starts_at).id;
        let patient = at_time(&self.patient, starts_at);
        let doctor = at_time(&self.doctor, starts_at);
        self.run(|conn| appointments::arrive(conn, &patient, id));
        self.run(|conn| appointments::admit(conn, &doctor, id))
    }

    pub fn read(&self, who: &Ctx, id: AppointmentId) -> Appointment {
        self.run(|conn| appointments::get(conn, who, id))
    }
}

pub fn run<T>(store: &Store, f: impl FnOnce(&mut AnyConn) -> Result<T, StoreError>) -> T {
    store.run_blocking(f).unwrap()
}

pub fn ctx(user_id: UserId, role: Role, hospital_id: Option<HospitalId>) -> Ctx {
    Ctx {
        actor: Actor {
            user_id,
            role,
            hospital_id,
            session_id: SessionId(Uuid::new_v4()),
            visit: None,
        },
        now: now(),
        request_id: Some(Uuid::new_v4()),
        idempotency: None,
    }
}

/// The same person at another time.
pub fn at_time(ctx: &Ctx, now: Ts) -> Ctx {
    Ctx { now, ..*ctx }
}

pub fn doctor_id(ctx: &Ctx) -> DoctorId {
    DoctorId::from(ctx.actor.user_id)
}

pub fn patient_id(ctx: &Ctx) -> PatientId {
    PatientId::from(ctx.actor.user_id)
}

/// A booking for the caller itself.
pub fn booking(doctor: &Ctx, starts_at: Ts) -> Booking {
    Booking {
        doctor_id: doctor_id(doctor),
        starts_at,
        reason: "cough".to_owned(),
        patient_id: None,
        overbook_reason: None,
    }
}

/// To another time.
pub fn to_time(starts_at: Ts) -> Move {
    Move {
        starts_at: Some(starts_at),
        ..Move::default()
    }
}

/// A booking for somebody.
pub fn booking_for(doctor: &Ctx, patient: &Ctx, starts_at: Ts) -> Booking {
    Booking {
        patient_id: Some(patient_id(patient)),
        ..booking(doctor, starts_at)
    }
}

pub fn words(body: &str) -> Outgoing {
    Outgoing {
        client_id: ClientMessageId(Uuid::now_v7()),
        body: body.to_owned(),
        document_id: None,
    }
}

pub fn number() -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

pub fn fresh_email() -> String {
    format!("person-{}@example.org", number())
}

fn person_of(store: &Store, admin: &Ctx, hospital: HospitalId, role: Role) -> Ctx {
    let user = run(store, |conn| {
        let new = NewUser {
            hospital_id: Some(hospital),
            role,
            name: format!("{role:?} {}", number()),
            email: Email::parse(&fresh_email()).unwrap(),
            access: FirstAccess::Password("hash".to_owned()),
            language: "en".to_owned(),
            specialty: Some("Cardiology".to_owned()),
        };
        people::create_user(conn, admin, &new)
    })
    .user;
    ctx(user.id, role, Some(hospital))
}

/// A small generator (splitmix64), so that a seed names a world.
pub struct Random(pub u64);

impl Random {
    /// A number below `limit`.
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % u64::try_from(limit).unwrap()).unwrap()
    }
}

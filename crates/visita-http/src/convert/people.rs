//! People and places.

use visita_domain::access::Actor;
use visita_domain::people::{Doctor, Hospital, Patient, Role, User, UserState};
use visita_domain::{SessionId, UserId};
use visita_store::auth::Session;
use visita_store::people::UserWithHospital;
use visita_wire::auth::{Me, SessionView};
use visita_wire::people::{DoctorView, HospitalView, PatientView, UserView};

pub(crate) fn me(user: User, hospital: Option<Hospital>) -> Me {
    let (hospital_name, time_zone, hospital_phone) = hospital
        .map(|hospital| (hospital.name, hospital.time_zone, hospital.phone))
        .map_or((None, None, None), |(a, b, c)| (Some(a), Some(b), Some(c)));
    Me {
        id: user.id,
        role: user.role,
        hospital_id: user.hospital_id,
        hospital_name,
        time_zone,
        hospital_phone,
        name: user.name,
        email: user.email.as_str().to_owned(),
        language: user.language,
    }
}

pub(crate) fn session(session: Session, current: SessionId) -> SessionView {
    SessionView {
        id: session.id,
        created_at: session.created_at,
        last_seen_at: session.last_seen_at,
        expires_at: session.expires_at,
        user_agent: session.user_agent,
        current: session.id == current,
    }
}

pub(crate) fn hospital(hospital: Hospital) -> HospitalView {
    HospitalView {
        id: hospital.id,
        name: hospital.name,
        slug: hospital.slug,
        time_zone: hospital.time_zone,
        phone: hospital.phone,
        address: hospital.address,
        archived: hospital.archived,
        booking: hospital.booking.into(),
    }
}

pub(crate) fn user(found: UserWithHospital) -> UserView {
    let UserWithHospital {
        user,
        hospital_name,
    } = found;
    UserView {
        id: user.id,
        hospital_id: user.hospital_id,
        hospital_name,
        role: user.role,
        state: user.state,
        name: user.name,
        email: user.email.as_str().to_owned(),
        created_at: user.created_at,
    }
}

/// Address, licence and state are for staff, admins and the doctor.
pub(crate) fn doctor(doctor: Doctor, viewer: &Actor) -> DoctorView {
    let inside = matches!(viewer.role, Role::Staff | Role::Admin)
        || viewer.user_id == UserId::from(doctor.id);
    DoctorView {
        id: doctor.id,
        hospital_id: doctor.hospital_id,
        name: doctor.name,
        specialty: doctor.specialty,
        languages: doctor.languages,
        biography: doctor.biography,
        visit_minutes: doctor.visit_minutes,
        buffer_minutes: doctor.buffer_minutes,
        active: doctor.state == UserState::Active,
        state: inside.then_some(doctor.state),
        email: inside.then(|| doctor.email.as_str().to_owned()),
        licence_number: inside.then_some(doctor.licence_number),
    }
}

pub(crate) fn patient(patient: Patient) -> PatientView {
    PatientView {
        id: patient.id,
        hospital_id: patient.hospital_id,
        name: patient.name,
        email: patient.email.as_str().to_owned(),
        state: patient.state,
        date_of_birth: patient.date_of_birth,
        sex: patient.sex,
        phone: patient.phone,
        record_number: patient.record_number,
        emergency_contact: patient.emergency_contact,
    }
}

//! Who may do what, as tables.

use super::*;
use uuid::Uuid;

const HOME: HospitalId = HospitalId::new(Uuid::from_u128(1));
const AWAY: HospitalId = HospitalId::new(Uuid::from_u128(2));
const ME: Uuid = Uuid::from_u128(10);
const OTHER: Uuid = Uuid::from_u128(11);
const VISIT: AppointmentId = AppointmentId::new(Uuid::from_u128(20));

fn actor(role: Role) -> Actor {
    Actor {
        user_id: UserId::new(ME),
        role,
        hospital_id: (role != Role::Admin).then_some(HOME),
        session_id: SessionId::new(Uuid::from_u128(99)),
        visit: None,
    }
}

fn visit(hospital: HospitalId, doctor: Uuid, patient: Uuid, related: bool) -> Facts {
    Facts {
        hospital_id: Some(hospital),
        doctor_id: Some(DoctorId::new(doctor)),
        patient_id: Some(PatientId::new(patient)),
        appointment_id: Some(VISIT),
        owner_id: Some(UserId::new(patient)),
        related,
    }
}

#[test]
fn the_verdict_table_holds_on_records() {
    use Action::{
        Admit, DeleteDocument, Finish, JoinCall, ReadAppointment, ReadDocument, ReadPatient,
        SendMessage,
    };
    let mine_d = visit(HOME, ME, OTHER, true);
    let mine_p = visit(HOME, OTHER, ME, true);
    let foreign = visit(HOME, OTHER, OTHER, false);
    let away = visit(AWAY, ME, ME, true);
    for (role, action, facts, expected) in [
        (Role::Doctor, ReadAppointment, mine_d, Ok(())),
        (
            Role::Doctor,
            ReadAppointment,
            foreign,
            Err(Denied::Invisible),
        ),
        (Role::Doctor, ReadAppointment, away, Err(Denied::Invisible)),
        (Role::Doctor, Admit, mine_d, Ok(())),
        (Role::Doctor, Finish, foreign, Err(Denied::Invisible)),
        (Role::Doctor, ReadPatient, foreign, Err(Denied::Invisible)),
        (Role::Doctor, ReadDocument, mine_d, Ok(())),
        (Role::Doctor, DeleteDocument, mine_d, Err(Denied::Invisible)),
        (Role::Patient, ReadAppointment, mine_p, Ok(())),
        (
            Role::Patient,
            ReadAppointment,
            foreign,
            Err(Denied::Invisible),
        ),
        (Role::Patient, Admit, mine_p, Err(Denied::Role)),
        (Role::Patient, JoinCall, mine_p, Ok(())),
        (Role::Patient, DeleteDocument, mine_p, Ok(())),
        (Role::Staff, ReadAppointment, foreign, Ok(())),
        (Role::Staff, ReadAppointment, away, Err(Denied::Invisible)),
        (Role::Staff, SendMessage, foreign, Err(Denied::Role)),
        (Role::Staff, JoinCall, foreign, Err(Denied::Role)),
        (Role::Staff, ReadDocument, foreign, Err(Denied::Invisible)),
        (Role::Admin, ReadAppointment, foreign, Err(Denied::Role)),
        (Role::Admin, ReadPatient, foreign, Err(Denied::Role)),
        (Role::Admin, ReadDocument, foreign, Err(Denied::Role)),
    ] {
        assert_eq!(
            decide(&actor(role), action, &facts),
            expected,
            "{role:?} {action:?} {facts:?}"
        );
    }
}

#[test]
fn nobody_creates_a_role_above_the_own() {
    for (role, of, may) in [
        (Role::Admin, Role::Admin, true),
        (Role::Staff, Role::Doctor, true),
        (Role::Staff, Role::Patient, true),
        (Role::Staff, Role::Staff, false),
        (Role::Staff, Role::Admin, false),
        (Role::Doctor, Role::Patient, false),
        (Role::Patient, Role::Patient, false),
    ] {
        assert_eq!(
            may_ever(role, Action::CreateUser(of)),
            may,
            "{role:?} creates {of:?}"
        );
    }
}

#[test]
fn r46_a_join_link_reaches_its_visit_and_nothing_else() {
    use Action as A;
    let scope = |open| VisitScope {
        appointment_id: VISIT,
        open,
    };
    let own = visit(HOME, OTHER, ME, true);
    let other = Facts {
        appointment_id: Some(AppointmentId::new(Uuid::from_u128(21))),
        ..own
    };
    let of_no_visit = Facts {
        appointment_id: None,
        ..own
    };
    let by_link = |role, open| Actor {
        visit: Some(scope(open)),
        ..actor(role)
    };
    let (patient, early) = (by_link(Role::Patient, true), by_link(Role::Patient, false));
    for action in [
        A::ReadAppointment,
        A::Arrive,
        A::LeaveLobby,
        A::JoinCall,
        A::ReadConversation,
        A::SendMessage,
        A::UploadDocument,
        A::ReadDocument,
        A::DeleteDocument,
    ] {
        assert_eq!(decide(&patient, action, &own), Ok(()), "{action:?}");
        for facts in [other, of_no_visit] {
            let elsewhere = decide(&patient, action, &facts);
            assert_eq!(elsewhere, Err(Denied::Invisible), "{action:?}");
            assert_eq!(decide(&actor(Role::Patient), action, &facts), Ok(()));
        }
        let waits = matches!(action, A::ReadAppointment | A::Arrive | A::LeaveLobby);
        assert_eq!(early.may_ever(action), waits, "{action:?} early");
    }
    for action in [
        A::ReadOwnAccount,
        A::ChangeOwnPassword,
        A::ReadDashboard,
        A::ListAppointments,
        A::BookAppointment,
        A::RescheduleAppointment,
        A::CancelAppointment,
        A::ListConversations,
        A::ListDocuments,
        A::ReadPatient,
        A::ListDoctors,
        A::ReadAccessReport,
        A::ManageJoinLinks,
        A::ManageCalendarFeed,
    ] {
        assert_eq!(
            decide(&patient, action, &own),
            Err(Denied::Role),
            "{action:?}"
        );
    }
    let guest = by_link(Role::Guest, true);
    assert_eq!(decide(&guest, A::ReadAppointment, &own), Ok(()));
    assert_eq!(
        decide(&guest, A::ReadAppointment, &other),
        Err(Denied::Invisible)
    );
    let away = visit(AWAY, OTHER, ME, true);
    assert_eq!(
        decide(&guest, A::ReadAppointment, &away),
        Err(Denied::Invisible)
    );
    for action in [A::JoinCall, A::ReadConversation, A::ReadDocument, A::Arrive] {
        assert_eq!(
            decide(&guest, action, &own),
            Err(Denied::Role),
            "{action:?}"
        );
    }
    assert_eq!(
        decide(&actor(Role::Guest), A::ReadAppointment, &own),
        Err(Denied::Role),
        "a guest of no visit"
    );
}

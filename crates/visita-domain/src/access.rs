//! Who may do what: one pure, exhaustive decision for every route (SECURITY §3).
//!
//! [`may_ever`] is the part that depends on the role alone and guards the handler;
//! [`decide`] adds the record. Store functions put the same predicate into SQL,
//! so that a list equals the filter of the single reads.

mod assurance;
mod visit_scope;

use thiserror::Error;

use crate::people::Role;
use crate::{AppointmentId, DoctorId, HospitalId, PatientId, SessionId, UserId};

pub use assurance::{Assurance, FRESH_SECS, SecondFactor, admit};
pub use visit_scope::VisitScope;

/// Who acts: what the database says of the session's user at this request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Actor {
    /// The user.
    pub user_id: UserId,
    /// Its role.
    pub role: Role,
    /// Its hospital; none for platform admins.
    pub hospital_id: Option<HospitalId>,
    /// The session that the request came with.
    pub session_id: SessionId,
    /// The one visit that it reaches, when it was opened by a join link and not by signing in.
    pub visit: Option<VisitScope>,
}

impl Actor {
    /// The hospital of the visit that a join link has opened.
    #[must_use]
    pub fn visit_at(&self) -> Option<HospitalId> {
        self.visit.and(self.hospital_id)
    }

    /// Whether this actor may ever do it, on some record: [`may_ever`] for its role, and
    /// within one visit what that visit needs.
    #[must_use]
    pub fn may_ever(&self, action: Action) -> bool {
        let in_scope = match (self.role, self.visit) {
            (_, Some(scope)) => scope.admits(action),
            (Role::Guest, None) => false,
            (_, None) => true,
        };
        in_scope && may_ever(self.role, action)
    }
}

/// Everything that a signed-in person can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "verb and noun say it")]
pub enum Action {
    ReadOwnAccount,
    ChangeOwnAccount,
    ChangeOwnPassword,
    ChangeOwnEmail,
    /// End own sessions, the present one or others.
    EndOwnSession,
    /// See whether the own account has a second factor.
    ReadOwnFactor,
    /// Enrol a second factor, exchange it, or draw new recovery codes.
    SetUpOwnFactor,
    RemoveOwnFactor,
    /// Prove again who one is.
    StepUp,
    /// See, make and revoke the own calendar feed.
    ManageCalendarFeed,
    ReadDashboard,
    ReadHospital,
    CreateHospital,
    ChangeHospital,
    ListUsers,
    ReadUser,
    /// Create a user of that role.
    CreateUser(Role),
    /// Change a user of that role.
    ChangeUser(Role),
    /// Send an invitation to a user of that role again.
    InviteUser(Role),
    /// See which mail went out and which failed.
    ListMails,
    /// Send a mail again that failed.
    ResendMail,
    ListDoctors,
    ReadDoctor,
    ChangeDoctor,
    ReadAvailability,
    ChangeAvailability,
    ReadSlots,
    ListPatients,
    ReadPatient,
    CreatePatient,
    ChangePatient,
    ListAppointments,
    ReadAppointment,
    /// See what happened to an appointment, and by whom.
    ReadAppointmentHistory,
    BookAppointment,
    /// Turn what one holds into a booking.
    ConfirmHold,
    /// Book over other visits or outside hours, with a reason.
    Overbook,
    RescheduleAppointment,
    /// Give a visit to another doctor.
    ReassignAppointment,
    CancelAppointment,
    Arrive,
    LeaveLobby,
    ReadLobby,
    Admit,
    JoinCall,
    Finish,
    MarkNoShow,
    /// See, make and revoke the join links of a visit.
    ManageJoinLinks,
    ListConversations,
    ReadConversation,
    SendMessage,
    ListDocuments,
    UploadDocument,
    ReadDocument,
    DeleteDocument,
    OpenSocket,
    ReadAuditTrail,
    ReadAccessReport,
}

/// What is known of the record. Fields that do not apply stay `None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Facts {
    /// Its hospital.
    pub hospital_id: Option<HospitalId>,
    /// The patient it concerns.
    pub patient_id: Option<PatientId>,
    /// The doctor it concerns.
    pub doctor_id: Option<DoctorId>,
    /// The visit that it is, or belongs to.
    pub appointment_id: Option<AppointmentId>,
    /// Who made it.
    pub owner_id: Option<UserId>,
    /// The acting doctor has or had a visit with the patient.
    pub related: bool,
}

/// Why not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Denied {
    /// The role never may: 403.
    #[error("this role may not do this")]
    Role,
    /// The account must have a second factor, and this session was opened without: 403.
    #[error("a second factor must be set up first")]
    SecondFactorMissing,
    /// The person must prove again who they are: 401 (RFC 9470).
    #[error("the proof of identity is too old")]
    StaleProof,
    /// Not this record. Told apart from a missing one by nobody: 404.
    #[error("no such record")]
    Invisible,
}

/// Whether a role may ever do it, on some record.
#[must_use]
pub fn may_ever(role: Role, action: Action) -> bool {
    use Action as A;
    use Role::{Admin, Doctor, Guest, Patient, Staff};
    if role == Guest {
        // Whoever has no account gets nothing that is not named here.
        return matches!(action, A::ReadAppointment | A::OpenSocket);
    }
    match action {
        A::ReadOwnAccount
        | A::ChangeOwnAccount
        | A::ChangeOwnPassword
        | A::ChangeOwnEmail
        | A::EndOwnSession
        | A::ReadOwnFactor
        | A::SetUpOwnFactor
        | A::RemoveOwnFactor
        | A::StepUp
        | A::ReadDashboard
        | A::ReadHospital
        | A::ListDoctors
        | A::ReadDoctor
        | A::OpenSocket => true,
        A::CreateHospital | A::ListMails | A::ResendMail => role == Admin,
        A::ChangeHospital | A::ListUsers | A::ReadUser => matches!(role, Admin | Staff),
        // No role above the own one (SECURITY §3.7).
        A::CreateUser(of) | A::ChangeUser(of) | A::InviteUser(of) => match role {
            Admin => of != Guest,
            Staff => matches!(of, Doctor | Patient),
            Doctor | Patient | Guest => false,
        },
        A::ChangeDoctor | A::ChangeAvailability => matches!(role, Staff | Doctor),
        A::ReadAvailability | A::ReadSlots => role != Admin,
        A::ListPatients => matches!(role, Staff | Doctor),
        A::ReadPatient => role != Admin,
        A::CreatePatient => role == Staff,
        A::ChangePatient => matches!(role, Staff | Patient),
        A::ListAppointments
        | A::ReadAppointment
        | A::ReadAppointmentHistory
        | A::BookAppointment
        | A::ConfirmHold
        | A::RescheduleAppointment
        | A::CancelAppointment => role != Admin,
        A::Overbook | A::ReassignAppointment => role == Staff,
        A::Arrive | A::LeaveLobby => matches!(role, Patient | Staff),
        A::ReadLobby => matches!(role, Doctor | Staff),
        A::Admit | A::Finish => role == Doctor,
        A::JoinCall => matches!(role, Doctor | Patient),
        A::MarkNoShow | A::ManageJoinLinks => matches!(role, Doctor | Staff),
        A::ListConversations | A::ReadConversation | A::SendMessage => {
            matches!(role, Doctor | Patient)
        }
        A::ListDocuments | A::UploadDocument | A::ReadDocument | A::DeleteDocument => role != Admin,
        // Staff have no visits of their own, and platform admins see none.
        A::ManageCalendarFeed => matches!(role, Doctor | Patient),
        // Patients have their own report instead.
        A::ReadAuditTrail => role != Patient,
        A::ReadAccessReport => role == Patient,
    }
}

/// Whether this actor may do this to this record.
///
/// # Errors
/// [`Denied`]: by role, or because the record is not theirs to see.
pub fn decide(actor: &Actor, action: Action, facts: &Facts) -> Result<(), Denied> {
    if !actor.may_ever(action) {
        return Err(Denied::Role);
    }
    let in_scope = actor.visit.is_none_or(|scope| scope.reaches(action, facts));
    if in_scope && on_record(actor, action, facts) {
        Ok(())
    } else {
        Err(Denied::Invisible)
    }
}

fn on_record(actor: &Actor, action: Action, facts: &Facts) -> bool {
    use Action as A;
    let same_hospital = actor.hospital_id.is_some() && actor.hospital_id == facts.hospital_id;
    let is_patient = facts.patient_id == Some(PatientId::from(actor.user_id));
    let is_doctor = facts.doctor_id == Some(DoctorId::from(actor.user_id));
    let is_owner = facts.owner_id == Some(actor.user_id);
    match action {
        // Lists and creations carry their predicate in SQL; own things are addressed without an id.
        A::ReadOwnAccount
        | A::ChangeOwnAccount
        | A::ChangeOwnPassword
        | A::ChangeOwnEmail
        | A::EndOwnSession
        | A::ReadOwnFactor
        | A::SetUpOwnFactor
        | A::RemoveOwnFactor
        | A::StepUp
        | A::ManageCalendarFeed
        | A::ReadDashboard
        | A::CreateHospital
        | A::ListUsers
        | A::ListMails
        | A::ResendMail
        | A::ListDoctors
        | A::ListPatients
        | A::ListAppointments
        | A::ReadLobby
        | A::ListConversations
        | A::ListDocuments
        | A::OpenSocket
        | A::ReadAuditTrail
        | A::ReadAccessReport => true,
        // The card of a hospital is public.
        A::ReadHospital => true,
        A::ChangeHospital
        | A::ReadUser
        | A::CreateUser(_)
        | A::ChangeUser(_)
        | A::InviteUser(_) => actor.role == Role::Admin || same_hospital,
        A::ReadDoctor => actor.role == Role::Admin || same_hospital,
        A::ChangeDoctor | A::ChangeAvailability => {
            same_hospital && (actor.role == Role::Staff || is_doctor)
        }
        A::ReadAvailability | A::ReadSlots | A::CreatePatient | A::Overbook => same_hospital,
        A::ReadPatient | A::ChangePatient => {
            same_hospital
                && match actor.role {
                    Role::Staff => true,
                    Role::Doctor => facts.related,
                    Role::Patient => is_patient,
                    Role::Admin | Role::Guest => false,
                }
        }
        // A doctor books follow-ups for patients already seen.
        A::BookAppointment => {
            same_hospital
                && match actor.role {
                    Role::Staff => true,
                    Role::Doctor => is_doctor && facts.related,
                    Role::Patient => is_patient,
                    Role::Admin | Role::Guest => false,
                }
        }
        A::ReadAppointment => {
            // A guest's scope has been compared already; without one it is nobody's guest.
            let is_guest = actor.role == Role::Guest && actor.visit.is_some();
            same_hospital && (actor.role == Role::Staff || is_doctor || is_patient || is_guest)
        }
        A::ReadAppointmentHistory
        | A::RescheduleAppointment
        | A::ReassignAppointment
        | A::CancelAppointment
        | A::Arrive
        | A::LeaveLobby
        | A::MarkNoShow
        | A::ManageJoinLinks => {
            same_hospital && (actor.role == Role::Staff || is_doctor || is_patient)
        }
        A::Admit | A::Finish => same_hospital && is_doctor,
        A::JoinCall | A::ReadConversation | A::SendMessage => {
            same_hospital && (is_doctor || is_patient)
        }
        A::UploadDocument => {
            same_hospital
                && match actor.role {
                    Role::Staff => true,
                    Role::Doctor => facts.related,
                    Role::Patient => is_patient,
                    Role::Admin | Role::Guest => false,
                }
        }
        A::ReadDocument => {
            same_hospital
                && match actor.role {
                    Role::Staff => is_owner,
                    Role::Doctor => facts.related,
                    Role::Patient => is_patient,
                    Role::Admin | Role::Guest => false,
                }
        }
        // Only who holds a time books it, and only the uploader takes an upload back.
        A::ConfirmHold | A::DeleteDocument => same_hospital && is_owner,
    }
}

#[cfg(test)]
mod tests;

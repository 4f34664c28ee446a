//! One marker type for each right, so that it stands in the handler's signature.

/// The rights that handlers name: `Allowed<can::ReadLobby>`.
pub mod can {
    use visita_domain::access::Action;
    use visita_domain::people::Role;

    use crate::extract::Right;

    macro_rules! rights {
        ($($name:ident => $action:expr, $doc:literal;)*) => {$(
            #[doc = $doc]
            #[derive(Debug)]
            pub enum $name {}

            impl Right for $name {
                const ACTION: Action = $action;
            }
        )*};
    }

    rights! {
        ReadOwnAccount => Action::ReadOwnAccount, "See the own account and sessions.";
        ChangeOwnAccount => Action::ChangeOwnAccount, "Change the own account.";
        ChangeOwnEmail => Action::ChangeOwnEmail, "Ask for another own address.";
        ChangeOwnPassword => Action::ChangeOwnPassword, "Change the own password.";
        EndOwnSession => Action::EndOwnSession, "End own sessions.";
        ReadOwnFactor => Action::ReadOwnFactor, "See the state of the own second factor.";
        SetUpOwnFactor => Action::SetUpOwnFactor, "Enrol or exchange the own second factor.";
        RemoveOwnFactor => Action::RemoveOwnFactor, "Remove the own second factor.";
        StepUp => Action::StepUp, "Prove again who one is.";
        ManageCalendarFeed => Action::ManageCalendarFeed, "See, make and revoke the own calendar feed.";
        ReadDashboard => Action::ReadDashboard, "See the own first page.";
        CreateHospital => Action::CreateHospital, "Create a hospital.";
        ChangeHospital => Action::ChangeHospital, "Change a hospital.";
        ListUsers => Action::ListUsers, "List accounts.";
        ReadUser => Action::ReadUser, "See an account.";
        CreateUser => Action::CreateUser(Role::Patient), "Create an account of some role; the store checks which.";
        ChangeUser => Action::ChangeUser(Role::Patient), "Change an account of some role; the store checks which.";
        InviteUser => Action::InviteUser(Role::Patient), "Invite somebody again, of some role; the store checks which.";
        ListMails => Action::ListMails, "See which mail went out.";
        ResendMail => Action::ResendMail, "Send a mail again that failed.";
        ListDoctors => Action::ListDoctors, "List doctors.";
        ReadDoctor => Action::ReadDoctor, "See a doctor.";
        ChangeDoctor => Action::ChangeDoctor, "Change a doctor's profile.";
        ReadAvailability => Action::ReadAvailability, "See working hours.";
        ChangeAvailability => Action::ChangeAvailability, "Change working hours.";
        ReadSlots => Action::ReadSlots, "See free times.";
        ListPatients => Action::ListPatients, "List patients.";
        ReadPatient => Action::ReadPatient, "See a patient's record.";
        CreatePatient => Action::CreatePatient, "Register a patient.";
        ChangePatient => Action::ChangePatient, "Change a patient's record.";
        ListAppointments => Action::ListAppointments, "List appointments.";
        ReadAppointment => Action::ReadAppointment, "See an appointment.";
        ReadAppointmentHistory => Action::ReadAppointmentHistory, "See what happened to an appointment.";
        BookAppointment => Action::BookAppointment, "Book a visit.";
        ConfirmHold => Action::ConfirmHold, "Book a time that is held.";
        RescheduleAppointment => Action::RescheduleAppointment, "Move a visit.";
        CancelAppointment => Action::CancelAppointment, "Cancel a visit.";
        Arrive => Action::Arrive, "Enter the lobby.";
        LeaveLobby => Action::LeaveLobby, "Leave the lobby.";
        ReadLobby => Action::ReadLobby, "See who waits.";
        Admit => Action::Admit, "Let a patient in.";
        JoinCall => Action::JoinCall, "Take part in a call.";
        Finish => Action::Finish, "End a visit.";
        MarkNoShow => Action::MarkNoShow, "Note that a patient never came.";
        ManageJoinLinks => Action::ManageJoinLinks, "See, make and revoke join links.";
        ListConversations => Action::ListConversations, "List conversations.";
        ReadConversation => Action::ReadConversation, "Read messages.";
        SendMessage => Action::SendMessage, "Send messages.";
        ListDocuments => Action::ListDocuments, "List documents.";
        UploadDocument => Action::UploadDocument, "Upload a document.";
        ReadDocument => Action::ReadDocument, "Open a document.";
        DeleteDocument => Action::DeleteDocument, "Take an upload back.";
        ReadAuditTrail => Action::ReadAuditTrail, "Read the audit trail, as far as the role sees it.";
        ReadAccessReport => Action::ReadAccessReport, "See who opened the own record.";
        OpenSocket => Action::OpenSocket, "Open a WebSocket.";
    }
}

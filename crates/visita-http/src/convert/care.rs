//! Scheduling, chat, documents and first pages.

use visita_domain::access::Actor;
use visita_domain::appointment::Appointment;
use visita_domain::availability::{Availability, Exception, WeeklyRule};
use visita_domain::chat::{Conversation, Message};
use visita_domain::document::Document;
use visita_domain::people::Role;
use visita_domain::{TimeRange, UserId};
use visita_hub::Hub;
use visita_store::appointments::Change;
use visita_store::availability::{RuleInput, Stranded};
use visita_store::chat::MessageWindow;
use visita_store::dashboard::Dashboard;
use visita_wire::appointments::{AppointmentView, ChangeView, HistoryView, LobbyEntry};
use visita_wire::availability::{
    AvailabilityView, ExceptionView, SlotView, SlotsView, StrandedVisit, WeeklyRuleView,
};
use visita_wire::chat::{ConversationView, MessageView, MessagesView};
use visita_wire::dashboard::DashboardView;
use visita_wire::documents::DocumentView;
use visita_wire::oversight::ActorView;

/// The conversation is for its members, the reason of an overbooking for the clinic, and
/// that of the visit for everybody but guests.
pub(crate) fn appointment(appointment: Appointment, viewer: &Actor) -> AppointmentView {
    let is_member = matches!(viewer.role, Role::Doctor | Role::Patient);
    let is_clinic = matches!(viewer.role, Role::Doctor | Role::Staff);
    // Whoever accompanies a patient needs no reason in writing.
    let may_know_why = viewer.role != Role::Guest;
    AppointmentView {
        id: appointment.id,
        hospital_id: appointment.hospital_id,
        doctor_id: appointment.doctor_id,
        doctor_name: appointment.doctor_name,
        patient_id: appointment.patient_id,
        patient_name: appointment.patient_name,
        starts_at: appointment.range.start(),
        ends_at: appointment.range.end(),
        state: appointment.state,
        reason: if may_know_why {
            appointment.reason
        } else {
            String::new()
        },
        overbook_reason: appointment.overbook_reason.filter(|_| is_clinic),
        cancel_reason: appointment.cancel_reason.filter(|_| may_know_why),
        conversation_id: is_member.then_some(appointment.conversation_id),
        version: appointment.version,
        waiting_since: appointment.waiting_since,
        admitted_at: appointment.admitted_at,
        finished_at: appointment.finished_at,
        hold_expires_at: appointment.hold_expires_at,
        created_at: appointment.created_at,
    }
}

/// Patients learn who changed their visit, as their access report tells them who read it.
pub(crate) fn history(changes: Vec<Change>) -> HistoryView {
    let items = changes.into_iter().map(change).collect();
    HistoryView { items }
}

fn change(change: Change) -> ChangeView {
    let (doctor_id, doctor_name) = change.doctor.unzip();
    ChangeView {
        version: change.version,
        kind: change.kind,
        at: change.at,
        by: change
            .by
            .map(|(id, name, role)| ActorView { id, name, role }),
        starts_at: change.starts_at,
        doctor_id,
        doctor_name,
    }
}

/// Who waits, with how the patient's page is connected now.
pub(crate) fn lobby(waiting: Vec<Appointment>, hub: &Hub) -> Vec<LobbyEntry> {
    waiting
        .into_iter()
        .map(|appointment| LobbyEntry {
            presence: hub.presence(appointment.id, UserId::from(appointment.patient_id)),
            appointment_id: appointment.id,
            doctor_id: appointment.doctor_id,
            doctor_name: appointment.doctor_name,
            patient_id: appointment.patient_id,
            patient_name: appointment.patient_name,
            state: appointment.state,
            waiting_since: appointment
                .waiting_since
                .unwrap_or(appointment.range.start()),
            starts_at: appointment.range.start(),
        })
        .collect()
}

pub(crate) fn availability(time_zone: String, availability: &Availability) -> AvailabilityView {
    AvailabilityView {
        time_zone,
        rules: availability.rules.iter().map(rule).collect(),
        exceptions: availability.exceptions.iter().map(exception).collect(),
    }
}

fn rule(rule: &WeeklyRule) -> WeeklyRuleView {
    WeeklyRuleView {
        weekday: rule.weekday,
        from: rule.from,
        until: rule.until,
        valid_from: rule.valid_from,
        valid_until: rule.valid_until,
    }
}

pub(crate) fn rule_input(rule: &WeeklyRuleView) -> RuleInput {
    RuleInput {
        weekday: rule.weekday,
        from: rule.from,
        until: rule.until,
        valid_from: rule.valid_from,
        valid_until: rule.valid_until,
    }
}

pub(crate) fn exception(exception: &Exception) -> ExceptionView {
    ExceptionView {
        id: exception.id,
        kind: exception.kind,
        starts_at: exception.range.start(),
        ends_at: exception.range.end(),
    }
}

pub(crate) fn slots(time_zone: String, free: Vec<TimeRange>) -> SlotsView {
    let slots = free.into_iter().map(slot).collect();
    SlotsView { time_zone, slots }
}

pub(crate) fn slot(range: TimeRange) -> SlotView {
    SlotView {
        starts_at: range.start(),
        ends_at: range.end(),
    }
}

pub(crate) fn stranded(visit: Stranded) -> StrandedVisit {
    StrandedVisit {
        appointment_id: visit.id,
        starts_at: visit.range.start(),
        ends_at: visit.range.end(),
        patient_name: visit.patient_name,
    }
}

pub(crate) fn message(message: Message) -> MessageView {
    MessageView {
        conversation_id: message.conversation_id,
        seq: message.seq,
        client_id: message.client_id,
        sender_id: message.sender_id,
        sender_name: message.sender_name,
        kind: message.kind,
        body: message.body,
        document_id: message.document_id,
        created_at: message.created_at,
    }
}

pub(crate) fn messages(window: MessageWindow) -> MessagesView {
    MessagesView {
        epoch: window.epoch,
        last_seq: window.last_seq,
        items: window.items.into_iter().map(message).collect(),
        more: window.more,
    }
}

pub(crate) fn conversation(conversation: Conversation) -> ConversationView {
    ConversationView {
        id: conversation.id,
        appointment_id: conversation.appointment_id,
        epoch: conversation.epoch,
        last_seq: conversation.last_seq,
        read_seq: conversation.read_seq,
        other_id: conversation.other_id,
        other_name: conversation.other_name,
        starts_at: conversation.starts_at,
        last_message: conversation.last_message.map(message),
    }
}

pub(crate) fn document(document: Document) -> DocumentView {
    DocumentView {
        id: document.id,
        patient_id: document.patient_id,
        patient_name: document.patient_name,
        appointment_id: document.appointment_id,
        uploaded_by: document.uploaded_by,
        uploader_name: document.uploader_name,
        name: document.name,
        media_type: document.media_type,
        size: document.size,
        sha256: document.sha256,
        state: document.state,
        created_at: document.created_at,
    }
}

pub(crate) fn dashboard(dashboard: Dashboard, viewer: &Actor, hub: &Hub) -> DashboardView {
    let visits = |list: Vec<Appointment>| {
        list.into_iter()
            .map(|visit| appointment(visit, viewer))
            .collect()
    };
    let chats = |list: Vec<Conversation>| list.into_iter().map(conversation).collect();
    match dashboard {
        Dashboard::Patient {
            upcoming,
            unread,
            documents,
        } => DashboardView::Patient {
            upcoming: visits(upcoming),
            unread: chats(unread),
            documents: documents.into_iter().map(document).collect(),
        },
        Dashboard::Doctor {
            today,
            lobby: waiting,
            unread,
        } => DashboardView::Doctor {
            today: visits(today),
            lobby: lobby(waiting, hub),
            unread: chats(unread),
        },
        Dashboard::Staff {
            today,
            lobby: waiting,
            doctors,
            patients,
        } => DashboardView::Staff {
            today: visits(today),
            lobby: lobby(waiting, hub),
            doctors,
            patients,
        },
        Dashboard::Admin {
            hospitals,
            staff,
            doctors,
            patients,
        } => DashboardView::Admin {
            hospitals,
            staff,
            doctors,
            patients,
        },
    }
}

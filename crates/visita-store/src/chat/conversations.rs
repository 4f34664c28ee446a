//! Conversations, their members, and how far each has read.

use diesel::prelude::*;
use uuid::Uuid;
use visita_domain::access::{Action, Facts};
use visita_domain::appointment::Appointment;
use visita_domain::audit::AuditAction;
use visita_domain::chat::Conversation;
use visita_domain::people::Role;
use visita_domain::{AppointmentId, ConversationId, DoctorId, HospitalId, PatientId, Ts, UserId};

use super::messages::MessageRow;
use crate::audit::{self, Entry};
use crate::conn::Db;
use crate::page::Cursor;
use crate::relation::require_role;
use crate::schema::{
    DOCTORS, PATIENTS, appointments, conversation_members, conversations, messages, users,
};
use crate::types::Val;
use crate::{AnyConn, Ctx, PageQuery, Paged, StoreError, tx};

/// The first epoch. A restored backup gets another one.
const FIRST_EPOCH: i64 = 1;

/// Opens the conversation of a new appointment between its doctor and its patient.
pub(crate) fn open_conversation(db: &mut Db, of: &Appointment) -> Result<(), StoreError> {
    use conversation_members as m;
    diesel::insert_into(conversations::table)
        .values((
            conversations::hospital_id.eq(Val(of.hospital_id)),
            conversations::id.eq(Val(of.conversation_id)),
            conversations::epoch.eq(FIRST_EPOCH),
            conversations::last_seq.eq(0_i64),
            conversations::created_at.eq(Val(of.created_at)),
        ))
        .execute(db)?;
    for user_id in [UserId::from(of.doctor_id), UserId::from(of.patient_id)] {
        diesel::insert_into(m::table)
            .values((
                m::hospital_id.eq(Val(of.hospital_id)),
                m::conversation_id.eq(Val(of.conversation_id)),
                m::user_id.eq(Val(user_id)),
                m::delivered_seq.eq(0_i64),
                m::read_seq.eq(0_i64),
            ))
            .execute(db)?;
    }
    Ok(())
}

/// Gives the conversation of an appointment to its new doctor, who reads all of it; the
/// former one is out with this transaction.
pub(crate) fn hand_over(
    db: &mut Db,
    before: &Appointment,
    after: &Appointment,
) -> Result<(), StoreError> {
    use conversation_members as m;
    diesel::update(
        m::table
            .filter(m::hospital_id.eq(Val(before.hospital_id)))
            .filter(m::conversation_id.eq(Val(before.conversation_id)))
            .filter(m::user_id.eq(Val(UserId::from(before.doctor_id)))),
    )
    .set((
        m::user_id.eq(Val(UserId::from(after.doctor_id))),
        m::delivered_seq.eq(0_i64),
        m::read_seq.eq(0_i64),
    ))
    .execute(db)?;
    Ok(())
}

/// The appointment behind a conversation that the actor may use.
pub(super) struct Access {
    pub(super) hospital_id: HospitalId,
    pub(super) patient_id: PatientId,
    pub(super) actor_name: String,
}

/// Decides on the conversation of that id.
pub(super) fn require(
    db: &mut Db,
    ctx: &Ctx,
    action: Action,
    id: ConversationId,
) -> Result<Access, StoreError> {
    use appointments as a;
    let hospital_id = ctx.actor.hospital_id.ok_or(StoreError::Forbidden)?;
    type Found = (AppointmentId, DoctorId, PatientId, String);
    let (visit, doctor_id, patient_id, actor_name): Found = a::table
        .inner_join(users::table.on(users::id.eq(Val(ctx.actor.user_id))))
        .filter(a::hospital_id.eq(Val(hospital_id)))
        .filter(a::conversation_id.eq(Val(id)))
        .select((a::id, a::doctor_id, a::patient_id, users::name))
        .first(db)?;
    let facts = Facts {
        hospital_id: Some(hospital_id),
        doctor_id: Some(doctor_id),
        patient_id: Some(patient_id),
        appointment_id: Some(visit),
        ..Facts::default()
    };
    ctx.require(action, &facts)?;
    Ok(Access {
        hospital_id,
        patient_id,
        actor_name,
    })
}

/// Which of the actor's conversations, newest message first.
pub(crate) struct Criteria {
    pub(crate) id: Option<ConversationId>,
    pub(crate) unread_only: bool,
    pub(crate) after: Option<(Ts, Uuid)>,
    pub(crate) limit: i64,
}

type Place = (ConversationId, HospitalId, AppointmentId, i64, i64, i64, Ts);

impl Criteria {
    /// Reads them: one statement, the newest message of each included. Doctors and
    /// patients see the conversations of their appointments, as `access::decide` says.
    pub(crate) fn load(&self, db: &mut Db, ctx: &Ctx) -> Result<Vec<Conversation>, StoreError> {
        use appointments as a;
        use conversation_members as m;
        use conversations as c;
        let hospital_id = ctx.actor.hospital_id.ok_or(StoreError::Forbidden)?;
        let mut query = a::table
            .inner_join(
                c::table.on(c::hospital_id
                    .eq(a::hospital_id)
                    .and(c::id.eq(a::conversation_id))),
            )
            .inner_join(
                m::table.on(m::hospital_id
                    .eq(c::hospital_id)
                    .and(m::conversation_id.eq(c::id))
                    .and(m::user_id.eq(Val(ctx.actor.user_id)))),
            )
            // Every conversation begins with a system message, so there is a newest one.
            .inner_join(
                messages::table.on(messages::hospital_id
                    .eq(c::hospital_id)
                    .and(messages::conversation_id.eq(c::id))
                    .and(messages::seq.eq(c::last_seq))),
            )
            .inner_join(DOCTORS.on(DOCTORS.field(users::id).eq(a::doctor_id)))
            .inner_join(PATIENTS.on(PATIENTS.field(users::id).eq(a::patient_id)))
            .filter(a::hospital_id.eq(Val(hospital_id)))
            .select((
                (
                    c::id,
                    c::hospital_id,
                    a::id,
                    c::epoch,
                    c::last_seq,
                    m::read_seq,
                    a::starts_at,
                ),
                (DOCTORS.field(users::id), DOCTORS.field(users::name)),
                (PATIENTS.field(users::id), PATIENTS.field(users::name)),
                MessageRow::as_select(),
            ))
            .order((messages::created_at.desc(), c::id.desc()))
            .limit(self.limit)
            .into_boxed();
        query = match ctx.actor.role {
            Role::Doctor => query.filter(a::doctor_id.eq(Val(ctx.actor.user_id))),
            Role::Patient => query.filter(a::patient_id.eq(Val(ctx.actor.user_id))),
            Role::Admin | Role::Staff | Role::Guest => return Err(StoreError::Forbidden),
        };
        if let Some(id) = self.id {
            query = query.filter(c::id.eq(Val(id)));
        }
        if self.unread_only {
            query = query.filter(m::read_seq.lt(c::last_seq));
        }
        if let Some((at, id)) = self.after {
            query = query.filter(
                messages::created_at
                    .lt(Val(at))
                    .or(messages::created_at.eq(Val(at)).and(c::id.lt(Val(id)))),
            );
        }
        type Person = (UserId, String);
        let rows: Vec<(Place, Person, Person, MessageRow)> = query.load(db)?;
        Ok(rows
            .into_iter()
            .map(|(place, doctor, patient, newest)| {
                let sender = newest.sender_id();
                let name = [&doctor, &patient]
                    .into_iter()
                    .find(|(id, _)| Some(*id) == sender)
                    .map(|(_, name)| name.clone());
                let other = if doctor.0 == ctx.actor.user_id {
                    patient
                } else {
                    doctor
                };
                Conversation {
                    id: place.0,
                    hospital_id: place.1,
                    appointment_id: place.2,
                    epoch: place.3,
                    last_seq: place.4,
                    read_seq: place.5,
                    other_id: other.0,
                    other_name: other.1,
                    starts_at: place.6,
                    last_message: Some(newest.named(name)),
                }
            })
            .collect())
    }
}

/// The actor's conversations, newest message first.
///
/// # Errors
/// [`StoreError::BadCursor`], [`StoreError::Forbidden`].
pub fn list_conversations(
    conn: &mut AnyConn,
    ctx: &Ctx,
    page: &PageQuery,
) -> Result<Paged<Conversation>, StoreError> {
    ctx.require(Action::ListConversations, &Facts::default())?;
    let after = page.after_time()?;
    let criteria = Criteria {
        id: None,
        unread_only: false,
        after,
        limit: page.bounded() + 1,
    };
    audit::read(conn, ctx.tenant(), |db| {
        let found = criteria.load(db, ctx)?;
        let page = Paged::cut(found, page.bounded(), |one: &Conversation| {
            let newest = one.last_message.as_ref().map(|message| message.created_at);
            Cursor::new(&newest.unwrap_or(one.starts_at), one.id.0)
        });
        Ok((page, Entry::by(ctx, AuditAction::ConversationsListed)))
    })
}

/// One conversation, as the actor sees it.
///
/// # Errors
/// [`StoreError::NotFound`], [`StoreError::Forbidden`].
pub fn get_conversation(
    conn: &mut AnyConn,
    ctx: &Ctx,
    id: ConversationId,
) -> Result<Conversation, StoreError> {
    require_role(ctx, Action::ReadConversation)?;
    let criteria = Criteria {
        id: Some(id),
        unread_only: false,
        after: None,
        limit: 1,
    };
    audit::read(conn, ctx.tenant(), |db| {
        let access = require(db, ctx, Action::ReadConversation, id)?;
        let found = criteria.load(db, ctx)?;
        let found = found.into_iter().next().ok_or(StoreError::NotFound)?;
        let entry = Entry::by(ctx, AuditAction::MessagesRead)
            .on(id.0)
            .of(access.patient_id);
        Ok((found, entry))
    })
}

/// Marks all messages up to `seq` as read. Never goes back and never past the newest
/// message. Returns how far the actor has read now.
///
/// # Errors
/// [`StoreError::NotFound`], [`StoreError::Forbidden`].
pub fn mark_read(
    conn: &mut AnyConn,
    ctx: &Ctx,
    id: ConversationId,
    seq: i64,
) -> Result<i64, StoreError> {
    use conversation_members as m;
    require_role(ctx, Action::ReadConversation)?;
    tx::row_lock_tx(conn, ctx.tenant(), |db, _| {
        let access = require(db, ctx, Action::ReadConversation, id)?;
        let last_seq: i64 = conversations::table
            .filter(conversations::hospital_id.eq(Val(access.hospital_id)))
            .filter(conversations::id.eq(Val(id)))
            .select(conversations::last_seq)
            .first(db)?;
        let upto = seq.clamp(0, last_seq);
        let own = m::table
            .filter(m::hospital_id.eq(Val(access.hospital_id)))
            .filter(m::conversation_id.eq(Val(id)))
            .filter(m::user_id.eq(Val(ctx.actor.user_id)));
        diesel::update(own.filter(m::read_seq.lt(upto)))
            .set((m::read_seq.eq(upto), m::delivered_seq.eq(upto)))
            .execute(db)?;
        Ok(own.select(m::read_seq).first(db)?)
    })
}

/// Who is in the conversation of the actor's hospital: to whom hints about it go.
///
/// # Errors
/// [`StoreError::Forbidden`] for who has no hospital.
pub fn members(
    conn: &mut AnyConn,
    ctx: &Ctx,
    id: ConversationId,
) -> Result<Vec<UserId>, StoreError> {
    use conversation_members as m;
    let hospital_id = ctx.actor.hospital_id.ok_or(StoreError::Forbidden)?;
    tx::read_tx(conn, ctx.tenant(), |db| {
        Ok(m::table
            .filter(m::hospital_id.eq(Val(hospital_id)))
            .filter(m::conversation_id.eq(Val(id)))
            .order(m::user_id)
            .select(m::user_id)
            .load(db)?)
    })
}

/// Epoch and place of the newest message of each conversation of the actor's hospital.
///
/// # Errors
/// [`StoreError::Forbidden`] for who has no hospital.
pub fn positions(
    conn: &mut AnyConn,
    ctx: &Ctx,
    ids: &[ConversationId],
) -> Result<Vec<(ConversationId, i64, i64)>, StoreError> {
    let hospital_id = ctx.actor.hospital_id.ok_or(StoreError::Forbidden)?;
    tx::read_tx(conn, ctx.tenant(), |db| {
        Ok(conversations::table
            .filter(conversations::hospital_id.eq(Val(hospital_id)))
            .filter(conversations::id.eq_any(ids.iter().copied().map(Val)))
            .order(conversations::id)
            .select((
                conversations::id,
                conversations::epoch,
                conversations::last_seq,
            ))
            .load(db)?)
    })
}

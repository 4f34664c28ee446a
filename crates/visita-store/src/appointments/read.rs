//! Reading appointments. Every read is recorded.

use visita_domain::AppointmentId;
use visita_domain::access::{Action, Facts};
use visita_domain::appointment::Appointment;
use visita_domain::audit::AuditAction;

use super::row::{self, Criteria, Sort};
use super::{AppointmentFilter, Order};
use crate::audit::{self, Entry};
use crate::relation::require_role;
use crate::{AnyConn, Ctx, PageQuery, Paged, StoreError};

/// Appointments that the actor may see, by time: patients and doctors their own, staff
/// all of the hospital.
///
/// # Errors
/// [`StoreError::BadCursor`], [`StoreError::Forbidden`].
pub fn list(
    conn: &mut AnyConn,
    ctx: &Ctx,
    filter: &AppointmentFilter,
    order: Order,
    page: &PageQuery,
) -> Result<Paged<Appointment>, StoreError> {
    ctx.require(Action::ListAppointments, &Facts::default())?;
    let sort = match order {
        Order::Ascending => Sort::Soonest,
        Order::Descending => Sort::Latest,
    };
    let after = page.after_time()?;
    let criteria = Criteria {
        doctor_id: filter.doctor_id,
        patient_id: filter.patient_id,
        states: filter.state.clone(),
        ends_after: filter.from,
        starts_before: filter.to,
        after,
        ..Criteria::visible_to(ctx, sort, page.bounded() + 1)?
    };
    audit::read(conn, ctx.tenant(), |db| {
        let found = criteria.load(db)?;
        let page = Paged::cut(found, page.bounded(), row::cursor);
        Ok((page, Entry::by(ctx, AuditAction::AppointmentsListed)))
    })
}

/// One appointment.
///
/// # Errors
/// [`StoreError::NotFound`], [`StoreError::Forbidden`].
pub fn get(conn: &mut AnyConn, ctx: &Ctx, id: AppointmentId) -> Result<Appointment, StoreError> {
    require_role(ctx, Action::ReadAppointment)?;
    audit::read(conn, ctx.tenant(), |db| {
        let appointment = row::load_visible(db, ctx, Action::ReadAppointment, id)?;
        let entry = Entry::by(ctx, AuditAction::AppointmentRead)
            .on(id.0)
            .of(appointment.patient_id);
        Ok((appointment, entry))
    })
}

//! Where visits stand on a board of columns, and where one may be put. Pure: minutes of the
//! clinic's day in, places out.

use visita_domain::appointment::{AppointmentState, Transition};
use visita_domain::availability::ExceptionKind;
use visita_domain::people::Role;
use visita_domain::{DoctorId, LocalDate};
use visita_wire::appointments::AppointmentView;
use visita_wire::availability::WeeklyRuleView;

use crate::parts::civil::Civil;

/// Minutes of a whole day.
pub const DAY_MINUTES: u16 = 24 * 60;
/// How finely reception places visits, in minutes: they may start at any minute, and nobody
/// aims at one.
const STAFF_STEP: u16 = 5;
/// The least that a board shows, from 08:00 to 17:00 in minutes of the day.
const USUAL_DAY: Span = Span {
    from: 8 * 60,
    until: 17 * 60,
};
/// Height of the smallest target for fingers, in pixels (WCAG 2.5.5).
const TARGET_PIXELS: u16 = 44;
/// Shortest visit that is drawn as long as it is, in minutes; the contract's shortest.
const SHORTEST: u16 = 5;

/// A stretch of a day, in minutes since midnight, half-open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// From.
    pub from: u16,
    /// Until before.
    pub until: u16,
}

impl Span {
    fn meets(self, other: Self) -> bool {
        self.from < other.until && other.from < self.until
    }

    /// Its length in minutes.
    #[must_use]
    pub fn minutes(self) -> u16 {
        self.until.saturating_sub(self.from)
    }

    /// The part of a stretch between two readings of a clock that lies on that day.
    #[must_use]
    pub fn on(date: LocalDate, from: Civil, until: Civil) -> Option<Self> {
        let minute = |at: Civil| match at.date.cmp(&date) {
            std::cmp::Ordering::Less => 0,
            std::cmp::Ordering::Equal => at.time.minutes(),
            std::cmp::Ordering::Greater => DAY_MINUTES,
        };
        let span = Self {
            from: minute(from),
            until: minute(until),
        };
        (span.from < span.until).then_some(span)
    }
}

/// An exception on the clinic's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CivilException {
    /// What it does.
    pub kind: ExceptionKind,
    /// From.
    pub from: Civil,
    /// Until before.
    pub until: Civil,
}

/// A doctor's day: when there is work, and at which minutes a visit may start.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Hours {
    /// When the doctor works, apart and in order.
    pub working: Vec<Span>,
    /// The minutes at which visits are offered, in order.
    pub grid: Vec<u16>,
}

/// The hours of that day for visits of that length: the server's rule, so that what snaps
/// is what the server takes.
#[must_use]
pub fn hours_on(
    rules: &[WeeklyRuleView],
    exceptions: &[CivilException],
    date: LocalDate,
    visit_minutes: u16,
) -> Hours {
    let by_rule = rules
        .iter()
        .filter(|rule| rule.weekday == date.weekday())
        .filter(|rule| rule.valid_from.is_none_or(|from| from <= date))
        .filter(|rule| rule.valid_until.is_none_or(|until| date <= until))
        .map(|rule| Span {
            from: rule.from.minutes(),
            until: rule.until.minutes(),
        });
    let of_kind = |kind| {
        exceptions
            .iter()
            .filter(move |exception| exception.kind == kind)
            .filter_map(|exception| Span::on(date, exception.from, exception.until))
    };
    let open = merged(by_rule.chain(of_kind(ExceptionKind::ExtraHours)).collect());
    let closed = merged(of_kind(ExceptionKind::TimeOff).collect());
    let length = visit_minutes.max(SHORTEST);
    let starts = open.iter().flat_map(|hours| {
        (hours.from..hours.until)
            .step_by(usize::from(length))
            .filter(move |from| from + length <= hours.until)
    });
    let grid = starts
        .filter(|from| {
            let visit = Span {
                from: *from,
                until: from + length,
            };
            !closed.iter().any(|off| off.meets(visit))
        })
        .collect();
    Hours {
        working: subtract(&open, &closed),
        grid,
    }
}

fn merged(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_unstable();
    let mut apart: Vec<Span> = Vec::new();
    for span in spans {
        match apart.last_mut() {
            Some(last) if span.from <= last.until => last.until = last.until.max(span.until),
            _ => apart.push(span),
        }
    }
    apart
}

fn subtract(open: &[Span], closed: &[Span]) -> Vec<Span> {
    let mut rest = open.to_vec();
    for off in closed {
        rest = rest
            .into_iter()
            .flat_map(|span| {
                let before = Span {
                    until: span.until.min(off.from),
                    ..span
                };
                let after = Span {
                    from: span.from.max(off.until),
                    ..span
                };
                [before, after]
            })
            .filter(|span| span.from < span.until)
            .collect();
    }
    rest
}

/// Places stretches that overlap beside each other: each gets a lane and how many lanes
/// its group needs. In the order given.
#[must_use]
pub fn lanes(spans: &[Span]) -> Vec<(u16, u16)> {
    let mut order: Vec<usize> = (0..spans.len()).collect();
    order.sort_by_key(|index| spans.get(*index).copied());
    let mut placed = vec![(0, 1); spans.len()];
    let mut group: Vec<usize> = Vec::new();
    let mut ends: Vec<u16> = Vec::new();
    for index in order {
        let Some(span) = spans.get(index) else {
            continue;
        };
        if ends.iter().all(|end| *end <= span.from) {
            close(&mut placed, &group, ends.len());
            group.clear();
            ends.clear();
        }
        let lane = ends.iter().position(|end| *end <= span.from);
        let lane = lane.unwrap_or_else(|| {
            ends.push(0);
            ends.len() - 1
        });
        if let Some(end) = ends.get_mut(lane) {
            *end = span.until;
        }
        if let Some(place) = placed.get_mut(index) {
            place.0 = u16::try_from(lane).unwrap_or_default();
        }
        group.push(index);
    }
    close(&mut placed, &group, ends.len());
    placed
}

fn close(placed: &mut [(u16, u16)], group: &[usize], lanes: usize) {
    for index in group {
        if let Some(place) = placed.get_mut(*index) {
            place.1 = u16::try_from(lanes).unwrap_or(1);
        }
    }
}

/// A visit in its column.
#[derive(Clone, PartialEq, Eq)]
pub struct Block {
    /// The visit.
    pub visit: AppointmentView,
    /// Where it stands.
    pub span: Span,
    /// Its place among visits at the same time, from the left.
    pub lane: u16,
    /// How many stand side by side there.
    pub lanes: u16,
}

/// One day of one doctor.
#[derive(Clone, PartialEq, Eq)]
pub struct Column {
    /// The day.
    pub date: LocalDate,
    /// Whose.
    pub doctor: DoctorId,
    /// The doctor's name.
    pub doctor_name: String,
    /// When the doctor works.
    pub hours: Hours,
    /// How long a visit is, in minutes.
    pub visit_minutes: u16,
    /// The visits.
    pub blocks: Vec<Block>,
}

/// Visits with their stretches of the day, side by side where they overlap.
#[must_use]
pub fn blocks(visits: Vec<(AppointmentView, Span)>) -> Vec<Block> {
    let spans: Vec<Span> = visits.iter().map(|(_, span)| *span).collect();
    visits
        .into_iter()
        .zip(lanes(&spans))
        .map(|((visit, span), (lane, lanes))| Block {
            visit,
            span,
            lane,
            lanes,
        })
        .collect()
}

/// The hours that a board shows: whole ones around all work and all visits.
#[must_use]
pub fn shown(columns: &[Column]) -> Span {
    let all = columns.iter().flat_map(|column| {
        let visits = column.blocks.iter().map(|block| block.span);
        column.hours.working.iter().copied().chain(visits)
    });
    let hull = all.fold(USUAL_DAY, |hull, span| Span {
        from: hull.from.min(span.from),
        until: hull.until.max(span.until),
    });
    Span {
        from: hull.from / 60 * 60,
        until: hull.until.div_ceil(60) * 60,
    }
}

/// Pixels of an hour, so that the shortest visit is a target for fingers.
#[must_use]
pub fn hour_pixels(columns: &[Column]) -> u16 {
    let shortest = columns
        .iter()
        .flat_map(|column| {
            let visits = column.blocks.iter().map(|block| block.span.minutes());
            visits.chain([column.visit_minutes])
        })
        .min()
        .unwrap_or(60);
    (60 * TARGET_PIXELS)
        .div_ceil(shortest.clamp(10, 60))
        .max(TARGET_PIXELS)
}

/// A place on the board.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Which column, from the left.
    pub column: usize,
    /// The minute of the day.
    pub minute: u16,
}

/// The minutes at which a visit may be put down in a column: any five for reception, the
/// offered ones for doctors. Where nothing is offered the server says why.
fn stops(column: &Column, role: Role) -> Vec<u16> {
    let any = || (0..DAY_MINUTES).step_by(usize::from(STAFF_STEP)).collect();
    if role == Role::Staff || column.hours.grid.is_empty() {
        any()
    } else {
        column.hours.grid.clone()
    }
}

/// The stop that lies next to a minute.
#[must_use]
pub fn snap(column: &Column, role: Role, minute: u16) -> u16 {
    stops(column, role)
        .into_iter()
        .min_by_key(|stop| stop.abs_diff(minute))
        .unwrap_or(minute)
}

/// The stop before or after a minute; the same at the ends of the day.
#[must_use]
pub fn step(column: &Column, role: Role, minute: u16, later: bool) -> u16 {
    let stops = stops(column, role);
    let next = if later {
        stops.into_iter().find(|stop| *stop > minute)
    } else {
        stops.into_iter().rev().find(|stop| *stop < minute)
    };
    next.unwrap_or(minute)
}

/// What of a visit may be changed on the board. The server decides again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Movable {
    /// Its time.
    pub time: bool,
    /// Its doctor.
    pub doctor: bool,
}

impl Movable {
    /// What that role may change of a visit in that state.
    #[must_use]
    pub fn of(role: Role, state: AppointmentState) -> Self {
        let clinic = matches!(role, Role::Doctor | Role::Staff);
        Self {
            time: clinic && state.after(Transition::Reschedule).is_ok(),
            doctor: role == Role::Staff && state.after(Transition::Reassign).is_ok(),
        }
    }

    /// Whether anything may be.
    #[must_use]
    pub fn any(self) -> bool {
        self.time || self.doctor
    }
}

/// Visits that take their place on a board; what was called off does not.
#[must_use]
pub fn on_board(state: AppointmentState) -> bool {
    !matches!(state, AppointmentState::Cancelled | AppointmentState::Held)
}

#[cfg(test)]
#[path = "model_tests.rs"]
mod tests;

//! What a board shows and what happens on it: the columns, the visit on the move, and the
//! question before it stays.

use leptos::prelude::*;
use visita_domain::people::Role;
use visita_domain::{AppointmentId, LocalDate, LocalTime, Ts};
use visita_wire::appointments::AppointmentView;

use super::model::{Block, Column, Movable, Place, Span, snap, step};
use crate::i18n::t;
use crate::intl;
use crate::parts::civil::Civil;
use crate::parts::zone::civil_in;

/// What moves a visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hand {
    /// A mouse or pen; the number is the minutes between its tip and the visit's start.
    Pointer(i32),
    /// The arrow keys.
    Keys,
}

/// A visit on the move. It stays in its place until it was put down and the server agreed.
#[derive(Clone, PartialEq)]
pub struct Motion {
    /// The visit.
    pub visit: AppointmentView,
    /// How long it is, in minutes.
    pub minutes: u16,
    /// What of it may change.
    pub movable: Movable,
    /// Where it stands.
    pub from: Place,
    /// Where it would be put down.
    pub target: Place,
    /// What moves it.
    pub hand: Hand,
}

/// A visit that was put down, before anybody agreed.
#[derive(Clone, PartialEq)]
pub struct Proposal {
    /// The visit as it stands.
    pub visit: AppointmentView,
    /// The new start; none when it keeps its time.
    pub starts_at: Option<Ts>,
    /// The column of the new doctor; none when it keeps its doctor.
    pub to_doctor: Option<Column>,
    /// Old place in words.
    pub old: String,
    /// New place in words.
    pub new: String,
}

/// What the parts of a board share.
#[derive(Clone, Copy)]
pub struct Board {
    /// The columns, from the left.
    pub columns: Memo<Vec<Column>>,
    /// The hours that show.
    pub shown: Memo<Span>,
    /// Pixels of an hour.
    pub hour: Memo<u16>,
    /// The clinic's zone.
    pub zone: StoredValue<String>,
    /// The viewer's role.
    pub role: Role,
    /// The visit on the move.
    pub motion: RwSignal<Option<Motion>>,
    /// The visit that was put down.
    pub proposal: RwSignal<Option<Proposal>>,
    /// The visit whose card is open.
    pub card: RwSignal<Option<AppointmentView>>,
    /// Said to whoever does not see the board.
    pub said: RwSignal<String>,
    /// What came of the last try, shown above the board.
    pub notice: RwSignal<Option<String>>,
    /// The visit, in that version, that takes the focus once it is drawn.
    pub focus: RwSignal<Option<(AppointmentId, i64)>>,
    /// Reads the visits again.
    pub reload: Callback<()>,
}

impl Board {
    /// Pixels from the top of the board to a minute of the day.
    #[must_use]
    pub fn top(self, minute: u16) -> f64 {
        let shown = self.shown.get();
        f64::from(minute.saturating_sub(shown.from)) * f64::from(self.hour.get()) / 60.0
    }

    /// What the clinic's clock shows.
    #[must_use]
    pub fn civil(self, at: Ts) -> Option<Civil> {
        self.zone.with_value(|zone| civil_in(at, zone))
    }

    /// The instant of a minute of a column's day.
    #[must_use]
    pub fn instant(self, date: LocalDate, minute: u16) -> Option<Ts> {
        let time = LocalTime::from_minutes(minute).ok()?;
        self.zone
            .with_value(|zone| Civil { date, time }.instant(|at| civil_in(at, zone)))
    }

    fn find(self, id: AppointmentId) -> Option<(usize, Block)> {
        self.columns.with_untracked(|columns| {
            columns.iter().enumerate().find_map(|(index, column)| {
                let block = column.blocks.iter().find(|block| block.visit.id == id)?;
                Some((index, block.clone()))
            })
        })
    }

    /// Takes a visit up; false when it cannot be moved.
    pub fn take(self, id: AppointmentId, hand: Hand) -> bool {
        let Some((column, block)) = self.find(id) else {
            return false;
        };
        let movable = Movable::of(self.role, block.visit.state);
        if !movable.any() {
            self.said.set(t::board::not_movable());
            return false;
        }
        let from = Place {
            column,
            minute: block.span.from,
        };
        self.notice.set(None);
        if hand == Hand::Keys {
            self.said
                .set(t::board::taken(block.visit.patient_name.as_str()));
        }
        self.motion.set(Some(Motion {
            minutes: block.span.minutes(),
            visit: block.visit,
            movable,
            from,
            target: from,
            hand,
        }));
        true
    }

    /// Moves the target to a place that the visit may take.
    pub fn aim(self, column: usize, minute: u16) {
        self.motion.update(|motion| {
            let Some(motion) = motion else { return };
            let column = self.allowed_column(motion, column);
            let minute = if motion.movable.time {
                self.columns.with_untracked(|columns| {
                    columns
                        .get(column)
                        .map_or(minute, |column| snap(column, self.role, minute))
                })
            } else {
                motion.from.minute
            };
            // A visit that stands between two stops can be put back where it was.
            motion.target =
                if column == motion.from.column && minute.abs_diff(motion.from.minute) < 3 {
                    motion.from
                } else {
                    Place { column, minute }
                };
        });
    }

    fn allowed_column(self, motion: &Motion, wanted: usize) -> usize {
        self.columns.with_untracked(|columns| {
            let own = columns.get(motion.from.column);
            let same_doctor = |column: &Column| own.is_some_and(|own| own.doctor == column.doctor);
            match columns.get(wanted) {
                Some(column) if motion.movable.doctor || same_doctor(column) => wanted,
                Some(_) => motion.from.column,
                None => motion.target.column,
            }
        })
    }

    /// One step of the arrow keys: earlier or later, or columns to the side.
    pub fn nudge(self, sideways: isize, later: Option<bool>) {
        let Some(motion) = self.motion.get_untracked() else {
            return;
        };
        let Place { column, minute } = motion.target;
        match later {
            Some(later) if motion.movable.time => {
                let next = self.columns.with_untracked(|columns| {
                    columns
                        .get(column)
                        .map_or(minute, |column| step(column, self.role, minute, later))
                });
                self.motion.update(|motion| {
                    if let Some(motion) = motion {
                        motion.target.minute = next;
                    }
                });
            }
            Some(_) => {}
            None => {
                let count = self.columns.with_untracked(Vec::len);
                let wanted = column.saturating_add_signed(sideways);
                self.aim(wanted.min(count.saturating_sub(1)), minute);
            }
        }
        if let Some(motion) = self.motion.get_untracked() {
            self.said.set(self.words(motion.target));
        }
    }

    /// A place in words: "Tuesday 24 November, 10:00", and the doctor where there are several.
    #[must_use]
    pub fn words(self, place: Place) -> String {
        self.columns.with_untracked(|columns| {
            columns
                .get(place.column)
                .map_or_else(String::new, |column| {
                    let time = LocalTime::from_minutes(place.minute).unwrap_or(LocalTime::MIDNIGHT);
                    let when = format!(
                        "{}, {}",
                        intl::civil_day_long(column.date),
                        intl::time_of_day(time)
                    );
                    if self.role == Role::Staff {
                        t::board::with_doctor(when, column.doctor_name.as_str())
                    } else {
                        when
                    }
                })
        })
    }

    /// Leaves the visit where it was.
    pub fn cancel(self) {
        if self.motion.with_untracked(Option::is_some) {
            self.motion.set(None);
            self.said.set(t::board::cancelled());
        }
    }

    /// Puts the visit down: asks before it stays.
    pub fn put_down(self) {
        let Some(motion) = self.motion.get_untracked() else {
            return;
        };
        self.motion.set(None);
        if motion.target == motion.from {
            self.said.set(t::board::cancelled());
            return;
        }
        self.proposal.set(self.propose(motion));
    }

    fn propose(self, motion: Motion) -> Option<Proposal> {
        let columns = self.columns.get_untracked();
        let from = columns.get(motion.from.column)?;
        let to = columns.get(motion.target.column)?;
        let moves = from.date != to.date || motion.from.minute != motion.target.minute;
        let starts_at = if moves {
            Some(self.instant(to.date, motion.target.minute)?)
        } else {
            None
        };
        Some(Proposal {
            starts_at,
            to_doctor: (from.doctor != to.doctor).then(|| to.clone()),
            old: self.words(motion.from),
            new: self.words(motion.target),
            visit: motion.visit,
        })
    }
}

use visita_domain::{LocalTime, Weekday};
use wasm_bindgen_test::wasm_bindgen_test;

use super::*;

fn span(from: u16, until: u16) -> Span {
    Span { from, until }
}

fn date(text: &str) -> LocalDate {
    text.parse().expect("date")
}

fn civil(day: &str, minutes: u16) -> Civil {
    Civil {
        date: date(day),
        time: LocalTime::from_minutes(minutes).expect("time"),
    }
}

fn rule(weekday: Weekday, from: u16, until: u16) -> WeeklyRuleView {
    WeeklyRuleView {
        weekday,
        from: LocalTime::from_minutes(from).expect("time"),
        until: LocalTime::from_minutes(until).expect("time"),
        valid_from: None,
        valid_until: None,
    }
}

fn column(grid: &[u16]) -> Column {
    Column {
        date: date("2026-11-24"),
        doctor: DoctorId::new(uuid::Uuid::nil()),
        doctor_name: String::new(),
        hours: Hours {
            working: vec![span(540, 720)],
            grid: grid.to_vec(),
        },
        visit_minutes: 30,
        blocks: Vec::new(),
    }
}

#[wasm_bindgen_test]
fn visits_at_the_same_time_stand_side_by_side() {
    for (spans, expected) in [
        (vec![], vec![]),
        (vec![(0, 30), (30, 60)], vec![(0, 1), (0, 1)]),
        (vec![(0, 30), (0, 30)], vec![(0, 2), (1, 2)]),
        // The third fits under the second, and all three are one group.
        (
            vec![(0, 60), (10, 30), (30, 50)],
            vec![(0, 2), (1, 2), (1, 2)],
        ),
        // In the order given, whatever their times.
        (
            vec![(100, 130), (0, 40), (20, 50)],
            vec![(0, 1), (0, 2), (1, 2)],
        ),
    ] {
        let spans: Vec<Span> = spans.into_iter().map(|(a, b)| span(a, b)).collect();
        assert_eq!(lanes(&spans), expected, "{spans:?}");
    }
}

#[wasm_bindgen_test]
fn a_day_has_the_hours_and_starts_that_the_server_offers() {
    let tuesday = "2026-11-24";
    let rules = [
        rule(Weekday::Tuesday, 540, 660),
        rule(Weekday::Monday, 0, 1440),
        WeeklyRuleView {
            valid_until: Some(date("2026-11-23")),
            ..rule(Weekday::Tuesday, 800, 900)
        },
    ];
    let off = CivilException {
        kind: ExceptionKind::TimeOff,
        from: civil(tuesday, 580),
        until: civil(tuesday, 590),
    };
    let extra = CivilException {
        kind: ExceptionKind::ExtraHours,
        from: civil(tuesday, 1410),
        until: civil("2026-11-25", 30),
    };
    let hours = hours_on(&rules, &[off, extra], date(tuesday), 30);
    assert_eq!(
        hours.working,
        [span(540, 580), span(590, 660), span(1410, 1440)]
    );
    // Ten minutes off take one start away and move none.
    assert_eq!(hours.grid, [540, 600, 630, 1410]);
    let next = hours_on(&[], &[extra], date("2026-11-25"), 30);
    assert_eq!((next.working, next.grid), (vec![span(0, 30)], vec![0]));
    let none = hours_on(&rules, &[], date("2026-11-26"), 30);
    assert_eq!(none, Hours::default());
}

#[wasm_bindgen_test]
fn time_off_cuts_hours_once() {
    let open = [span(0, 100), span(200, 300)];
    for (closed, expected) in [
        (vec![], vec![span(0, 100), span(200, 300)]),
        (vec![span(0, 400)], vec![]),
        (vec![span(120, 150)], vec![span(0, 100), span(200, 300)]),
        (
            vec![span(50, 60), span(90, 210)],
            vec![span(0, 50), span(60, 90), span(210, 300)],
        ),
    ] {
        assert_eq!(subtract(&open, &closed), expected, "{closed:?}");
    }
}

#[wasm_bindgen_test]
fn doctors_move_from_offer_to_offer_and_reception_by_five_minutes() {
    let column = column(&[540, 570, 630]);
    for (role, minute, snapped, later, earlier) in [
        (Role::Doctor, 540, 540, 570, 540),
        (Role::Doctor, 590, 570, 630, 570),
        (Role::Doctor, 900, 630, 900, 630),
        (Role::Staff, 543, 545, 545, 540),
        (Role::Staff, 0, 0, 5, 0),
        (Role::Staff, 1439, 1435, 1439, 1435),
    ] {
        assert_eq!(snap(&column, role, minute), snapped, "{role:?} {minute}");
        assert_eq!(
            step(&column, role, minute, true),
            later,
            "{role:?} {minute}"
        );
        assert_eq!(
            step(&column, role, minute, false),
            earlier,
            "{role:?} {minute}"
        );
    }
}

#[wasm_bindgen_test]
fn a_day_without_work_still_has_places() {
    assert_eq!(snap(&column(&[]), Role::Doctor, 542), 540);
}

#[wasm_bindgen_test]
fn the_board_shows_whole_hours_around_everything() {
    assert_eq!(shown(&[]), span(480, 1020));
    let mut early = column(&[]);
    early.hours.working = vec![span(7 * 60 + 20, 19 * 60 + 5)];
    assert_eq!(shown(&[early]), span(420, 1200));
    // Visits of fifteen minutes are 44 pixels high; an hour never has fewer.
    let mut short = column(&[]);
    short.visit_minutes = 15;
    assert_eq!(hour_pixels(&[short.clone()]), 176);
    short.visit_minutes = 120;
    assert_eq!(hour_pixels(&[short]), 44);
}

#[wasm_bindgen_test]
fn who_may_move_what() {
    use AppointmentState::{Arrived, Booked, Finished};
    for (role, state, time, doctor) in [
        (Role::Doctor, Booked, true, false),
        (Role::Doctor, Arrived, false, false),
        (Role::Staff, Booked, true, true),
        (Role::Staff, Arrived, false, true),
        (Role::Staff, Finished, false, false),
        (Role::Patient, Booked, false, false),
    ] {
        assert_eq!(
            Movable::of(role, state),
            Movable { time, doctor },
            "{role:?} {state:?}"
        );
    }
}

#[wasm_bindgen_test]
fn a_visit_over_midnight_stands_on_both_days() {
    let (from, until) = (civil("2026-11-24", 1430), civil("2026-11-25", 10));
    let on = |day: &str| Span::on(date(day), from, until);
    assert_eq!(on("2026-11-23"), None);
    assert_eq!(on("2026-11-24"), Some(span(1430, 1440)));
    assert_eq!(on("2026-11-25"), Some(span(0, 10)));
    assert_eq!(on("2026-11-26"), None);
}

//! Join links: whom they let in, how far, and what ends them.

use std::thread;

use visita_domain::access::{Action, decide};
use visita_domain::join::JoinAs;
use visita_domain::people::{Role, UserState};
use visita_domain::{HospitalId, JoinLinkId, SessionId, Ts};
use visita_store::auth::Caller;
use visita_store::join::{self, Exchange, JoinLink, Joining, LinkPlace, NewJoinLink, Presented};
use visita_store::people::{self, UserChanges};
use visita_store::{Ctx, StoreError, appointments, audit};
use visita_testkit::TestDb;

use crate::clinic::{Clinic, at_time, now, to_time, tuesday_ten};

const PHONE: [u8; 32] = [1; 32];
const TABLET: [u8; 32] = [2; 32];

fn guest() -> NewJoinLink {
    NewJoinLink {
        joins_as: JoinAs::Interpreter,
        guest_name: Some(" Rosa ".to_owned()),
    }
}

fn for_patient() -> NewJoinLink {
    NewJoinLink {
        joins_as: JoinAs::Patient,
        guest_name: None,
    }
}

/// The link that came with the booking.
fn links(clinic: &Clinic, id: visita_domain::AppointmentId) -> Vec<JoinLink> {
    clinic.run(|conn| join::list(conn, &clinic.staff, id))
}

fn place(link: &JoinLink) -> LinkPlace {
    LinkPlace {
        hospital_id: link.hospital_id,
        id: link.id,
    }
}

fn present(
    clinic: &Clinic,
    place: LinkPlace,
    holder_hash: [u8; 32],
    with_link: bool,
    now: Ts,
) -> Result<Exchange, StoreError> {
    let presented = Presented {
        place,
        holder_hash,
        with_link,
    };
    clinic.try_run(|conn| join::exchange(conn, &presented, now, None))
}

fn joined(clinic: &Clinic, link: &JoinLink, browser: [u8; 32], now: Ts) -> Joining {
    match present(clinic, place(link), browser, true, now).unwrap() {
        Exchange::Joined(joining) => joining,
        Exchange::InUse => panic!("in use"),
    }
}

fn caller(
    clinic: &Clinic,
    hospital: HospitalId,
    session: SessionId,
    now: Ts,
) -> Result<Caller, StoreError> {
    clinic.try_run(|conn| join::authenticate(conn, hospital, session, now))
}

fn is_gone<T>(found: &Result<T, StoreError>) -> bool {
    matches!(found, Err(StoreError::NotFound))
}

fn a_booking_brings_a_link_that_acts_as_its_patient_in_that_visit_alone(db: &TestDb) {
    let clinic = Clinic::new(db);
    let (visit, other) = (
        clinic.booked(tuesday_ten()),
        clinic.booked(tuesday_ten().plus_minutes(60)),
    );
    let link = &links(&clinic, visit.id)[0];
    // Days before, it is no error: whoever comes waits.
    let early = joined(&clinic, link, PHONE, now());
    let session = early.session_id.unwrap();
    assert_eq!(early.user_id(), clinic.patient.actor.user_id);
    let waiting = caller(&clinic, clinic.hospital, session, now()).unwrap();
    assert_eq!(waiting.actor.role, Role::Patient);
    assert!(!waiting.actor.may_ever(Action::SendMessage), "not open yet");
    let ctx = |at| Ctx {
        actor: caller(&clinic, clinic.hospital, session, at).unwrap().actor,
        ..at_time(&clinic.patient, at)
    };
    let read = clinic.run(|conn| appointments::get(conn, &ctx(now()), visit.id));
    assert_eq!(read.id, visit.id);
    let foreign = clinic.try_run(|conn| appointments::get(conn, &ctx(now()), other.id));
    assert!(is_gone(&foreign));
    let listed = clinic.try_run(|conn| {
        let page = visita_store::PageQuery::default();
        let (filter, order) = Default::default();
        appointments::list(conn, &ctx(now()), &filter, order, &page)
    });
    assert!(matches!(listed, Err(StoreError::Forbidden)));
    let in_time = ctx(tuesday_ten().plus_minutes(-10));
    assert!(in_time.actor.may_ever(Action::SendMessage));
    clinic.run(|conn| appointments::arrive(conn, &in_time, visit.id));
}

fn a_guest_sees_the_visit_and_nothing_else_of_the_patient(db: &TestDb) {
    let clinic = Clinic::new(db);
    let visit = clinic.booked(tuesday_ten());
    let made = clinic.run(|conn| join::create(conn, &clinic.doctor, visit.id, &guest()));
    assert_eq!(made.0.guest_name.as_deref(), Some("Rosa"));
    let rosa = joined(&clinic, &made.0, PHONE, tuesday_ten());
    let session = rosa.session_id.unwrap();
    let actor = caller(&clinic, clinic.hospital, session, tuesday_ten())
        .unwrap()
        .actor;
    assert_eq!(actor.role, Role::Guest);
    assert_eq!(actor.user_id.0, made.0.id.0, "a principal of its own");
    let ctx = Ctx {
        actor,
        ..at_time(&clinic.patient, tuesday_ten())
    };
    clinic.run(|conn| appointments::get(conn, &ctx, visit.id));
    let refused = [
        clinic
            .try_run(|conn| appointments::arrive(conn, &ctx, visit.id))
            .map(drop),
        clinic
            .try_run(|conn| {
                let window = visita_store::chat::Window::After(0);
                visita_store::chat::messages(conn, &ctx, visit.conversation_id, window, 9)
            })
            .map(drop),
        clinic
            .try_run(|conn| join::list(conn, &ctx, visit.id))
            .map(drop),
    ];
    for one in refused {
        assert!(matches!(one, Err(StoreError::Forbidden)), "{one:?}");
    }
    assert!(decide(&actor, Action::ReadDashboard, &Default::default()).is_err());
}

fn a_link_holds_the_first_browser_and_another_waits_for_the_clinic(db: &TestDb) {
    let clinic = Clinic::new(db);
    let visit = clinic.booked(tuesday_ten());
    let link = &links(&clinic, visit.id)[0];
    let first = joined(&clinic, link, PHONE, now()).session_id;
    assert_eq!(
        joined(&clinic, link, PHONE, now()).session_id,
        first,
        "again"
    );
    let by_cookie = present(&clinic, place(link), PHONE, false, now()).unwrap();
    assert!(matches!(by_cookie, Exchange::Joined(again) if again.session_id == first));
    for _ in 0..2 {
        let second = present(&clinic, place(link), TABLET, true, now()).unwrap();
        assert!(matches!(second, Exchange::InUse));
    }
    assert!(is_gone(&present(
        &clinic,
        place(link),
        TABLET,
        false,
        now()
    )));
    assert!(caller(&clinic, clinic.hospital, first.unwrap(), now()).is_ok());

    let asks = &links(&clinic, visit.id)[0];
    assert_eq!(asks.asked_at, Some(now()));
    let former = clinic.run(|conn| join::admit(conn, &clinic.staff, visit.id, link.id));
    assert_eq!(former, first);
    assert!(is_gone(&caller(
        &clinic,
        clinic.hospital,
        former.unwrap(),
        now()
    )));
    let second = joined(&clinic, link, TABLET, now()).session_id;
    assert!(second.is_some() && second != first);
    // Nobody asks any more.
    let again = clinic.try_run(|conn| join::admit(conn, &clinic.staff, visit.id, link.id));
    assert!(is_gone(&again));
}

fn of_two_browsers_at_once_one_is_bound(db: &TestDb) {
    let clinic = Clinic::new(db);
    let visit = clinic.booked(tuesday_ten());
    let link = &links(&clinic, visit.id)[0];
    let outcomes: Vec<_> = thread::scope(|scope| {
        let tries: Vec<_> = (1..=6_u8)
            .map(|n| {
                let clinic = &clinic;
                scope.spawn(move || present(clinic, place(link), [n; 32], true, now()).unwrap())
            })
            .collect();
        tries.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let bound = outcomes
        .iter()
        .filter(|one| matches!(one, Exchange::Joined(_)));
    assert_eq!(bound.count(), 1);
}

fn r40_what_ends_a_link_ends_its_session_with_the_next_request(db: &TestDb) {
    let clinic = Clinic::new(db);
    type End = fn(&Clinic, &JoinLink);
    let ends: [(&str, End); 4] = [
        ("revoked", |clinic, link| {
            clinic.run(|conn| {
                join::revoke(conn, &clinic.staff, link.appointment_id, link.id).map(drop)
            });
        }),
        ("replaced", |clinic, link| {
            clinic.run(|conn| {
                join::create(conn, &clinic.staff, link.appointment_id, &for_patient()).map(drop)
            });
        }),
        ("cancelled", |clinic, link| {
            clinic.run(|conn| {
                appointments::cancel(conn, &clinic.staff, link.appointment_id, None).map(drop)
            });
        }),
        ("archived", |clinic, _| {
            let changes = UserChanges {
                state: Some(UserState::Disabled),
                ..UserChanges::default()
            };
            clinic.run(|conn| {
                let id = clinic.patient.actor.user_id;
                people::change_user(conn, &clinic.staff, id, &changes).map(drop)
            });
        }),
    ];
    for (n, (name, end)) in ends.into_iter().enumerate() {
        let at = tuesday_ten().plus_minutes(60 * i64::try_from(n).unwrap());
        let visit = clinic.booked(at);
        let link = links(&clinic, visit.id).remove(0);
        let session = joined(&clinic, &link, PHONE, now()).session_id.unwrap();
        end(&clinic, &link);
        let after = caller(&clinic, clinic.hospital, session, now());
        assert!(is_gone(&after), "{name}");
        let again = present(&clinic, place(&link), PHONE, true, now());
        match name {
            // Whoever has the link is told so.
            "cancelled" => match again.unwrap() {
                Exchange::Joined(told) => assert_eq!(told.session_id, None),
                Exchange::InUse => panic!("in use"),
            },
            _ => assert!(is_gone(&again), "{name}"),
        }
    }
}

fn a_link_moves_with_its_visit_and_ends_after_it(db: &TestDb) {
    let clinic = Clinic::new(db);
    let visit = clinic.booked(tuesday_ten());
    let link = &links(&clinic, visit.id)[0];
    let session = joined(&clinic, link, PHONE, now()).session_id.unwrap();
    let after = visit.range.end().plus_minutes(15);
    let alive = |at| caller(&clinic, clinic.hospital, session, at).is_ok();
    assert!(alive(after.plus_secs(-1)) && !alive(after));
    let later = tuesday_ten().plus_days(1);
    clinic.run(|conn| {
        appointments::reschedule(
            conn,
            &clinic.staff,
            visit.id,
            visit.version,
            &to_time(later),
        )
    });
    assert!(alive(after));
    assert!(is_gone(&present(
        &clinic,
        place(link),
        PHONE,
        true,
        later.plus_days(1)
    )));
    // A visit that has begun is not cut off.
    let staff = at_time(&clinic.staff, later);
    clinic.run(|conn| appointments::arrive(conn, &staff, visit.id));
    assert!(alive(later.plus_minutes(60)) && !alive(later.plus_days(1)));
}

fn r54_unknown_and_foreign_links_are_the_same(db: &TestDb) {
    let home = Clinic::new(db);
    let away = home.next();
    let visit = away.booked(tuesday_ten());
    let link = &links(&away, visit.id)[0];
    let places = [
        LinkPlace {
            hospital_id: home.hospital,
            id: link.id,
        },
        LinkPlace {
            hospital_id: away.hospital,
            id: JoinLinkId(uuid::Uuid::from_u128(1)),
        },
    ];
    for place in places {
        assert!(is_gone(&present(&home, place, PHONE, true, now())));
    }
    let session = joined(&away, link, PHONE, now()).session_id.unwrap();
    assert!(is_gone(&caller(&home, home.hospital, session, now())));
    for who in [&home.staff, &home.doctor] {
        let listed = home.try_run(|conn| join::list(conn, who, visit.id));
        assert!(is_gone(&listed));
        let revoked = home.try_run(|conn| join::revoke(conn, who, visit.id, link.id));
        assert!(is_gone(&revoked));
        let made = home.try_run(|conn| join::create(conn, who, visit.id, &guest()));
        assert!(is_gone(&made));
    }
    let other = home.booked(tuesday_ten());
    let mixed = home.try_run(|conn| join::revoke(conn, &home.staff, other.id, link.id));
    assert!(is_gone(&mixed));
}

fn guests_have_names_and_visits_that_are_over_get_no_links(db: &TestDb) {
    let clinic = Clinic::new(db);
    let visit = clinic.booked(tuesday_ten());
    let make = |who: &Ctx, new: &NewJoinLink| {
        clinic.try_run(|conn| join::create(conn, who, visit.id, new))
    };
    for bad in [
        NewJoinLink {
            guest_name: None,
            ..guest()
        },
        NewJoinLink {
            guest_name: Some("  ".to_owned()),
            ..guest()
        },
        NewJoinLink {
            guest_name: Some("x".to_owned()),
            ..for_patient()
        },
    ] {
        let made = make(&clinic.staff, &bad);
        assert!(matches!(made, Err(StoreError::InvalidField("guest_name"))));
    }
    let late = at_time(&clinic.staff, visit.range.end().plus_minutes(15));
    assert!(matches!(make(&late, &guest()), Err(StoreError::Illegal(_))));
    let mut made = 1;
    while make(&clinic.staff, &guest()).is_ok() {
        made += 1;
    }
    assert_eq!(made, visita_domain::join::MAX_LINKS);
    assert!(make(&clinic.staff, &for_patient()).is_ok());
}

fn r65_links_and_who_came_by_them_are_in_the_trail(db: &TestDb) {
    use visita_domain::audit::AuditAction as A;
    let clinic = Clinic::new(db);
    let visit = clinic.booked(tuesday_ten());
    let (link, _) = clinic.run(|conn| join::create(conn, &clinic.staff, visit.id, &guest()));
    joined(&clinic, &link, PHONE, now());
    for _ in 0..3 {
        present(&clinic, place(&link), TABLET, true, now()).unwrap();
    }
    clinic.run(|conn| join::revoke(conn, &clinic.staff, visit.id, link.id));
    let guest = visita_domain::UserId(link.id.0);
    let events = clinic.run(|conn| audit::newest(conn, Some(clinic.hospital), 50));
    let of = |action| {
        let found = events.iter().filter(move |event| event.action == action);
        found
            .map(|event| (event.actor_id, event.subject_id, event.patient_id))
            .collect::<Vec<_>>()
    };
    let told = |actor| vec![(Some(actor), Some(link.id.0), Some(visit.patient_id))];
    let staff = clinic.staff.actor.user_id;
    assert_eq!(of(A::JoinLinkCreated), told(staff));
    assert_eq!(of(A::JoinLinkOpened), told(guest));
    assert_eq!(of(A::JoinLinkAskedFor), told(guest), "once");
    assert_eq!(of(A::JoinLinkRevoked), told(staff));

    // Both the clinic and the patient read who that was.
    let page = visita_store::PageQuery::default();
    let listed = clinic.run(|conn| audit::list(conn, &clinic.staff, &Default::default(), &page));
    let report = clinic.run(|conn| audit::access_report(conn, &clinic.patient, &page));
    for lines in [listed.items, report.items] {
        let opened = lines
            .into_iter()
            .find(|line| line.event.action == A::JoinLinkOpened);
        let by = opened.unwrap().actor;
        assert_eq!(by, Some(("Rosa".to_owned(), Role::Guest)));
    }
}

on_both!(
    a_booking_brings_a_link_that_acts_as_its_patient_in_that_visit_alone,
    a_guest_sees_the_visit_and_nothing_else_of_the_patient,
    a_link_holds_the_first_browser_and_another_waits_for_the_clinic,
    of_two_browsers_at_once_one_is_bound,
    r40_what_ends_a_link_ends_its_session_with_the_next_request,
    a_link_moves_with_its_visit_and_ends_after_it,
    r54_unknown_and_foreign_links_are_the_same,
    guests_have_names_and_visits_that_are_over_get_no_links,
    r65_links_and_who_came_by_them_are_in_the_trail,
);

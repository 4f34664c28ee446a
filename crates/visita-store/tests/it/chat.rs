//! Messages: none lost, doubled or out of order (REALTIME D, I1-I4, I8).

use visita_domain::chat::{MessageKind, SystemEvent};
use visita_domain::people::Role;
use visita_domain::{ConversationId, DocumentId};
use visita_store::chat::{self, Outgoing, Window};
use visita_store::{Ctx, PageQuery, StoreError, appointments, dashboard};
use visita_testkit::TestDb;

use crate::clinic::{Clinic, at_time, now, tuesday_ten, words};
use crate::documents::stored;

fn send(clinic: &Clinic, who: &Ctx, id: ConversationId, outgoing: &Outgoing) -> chat::Sent {
    clinic.run(|conn| chat::send(conn, who, id, outgoing))
}

fn all(clinic: &Clinic, who: &Ctx, id: ConversationId) -> chat::MessageWindow {
    clinic.run(|conn| chat::messages(conn, who, id, Window::After(0), 200))
}

fn eight_senders_leave_no_gap_and_lose_nothing(db: &TestDb) {
    let clinic = Clinic::new(db);
    let id = clinic.booked(tuesday_ten()).conversation_id;
    let each = 15;
    let mut sent: Vec<_> = std::thread::scope(|scope| {
        let clinic = &clinic;
        let tasks: Vec<_> = (0..8)
            .map(|sender| {
                scope.spawn(move || {
                    let who = if sender % 2 == 0 {
                        clinic.doctor
                    } else {
                        clinic.patient
                    };
                    (0..each)
                        .map(|n| send(clinic, &who, id, &words(&format!("{sender}-{n}"))).message)
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        tasks
            .into_iter()
            .flat_map(|task| {
                let mine = task.join().unwrap();
                assert!(mine.windows(2).all(|pair| pair[0].seq < pair[1].seq));
                mine
            })
            .collect()
    });
    sent.sort_by_key(|message| message.seq);
    let stored = all(&clinic, &clinic.patient, id);
    let seqs: Vec<i64> = stored.items.iter().map(|message| message.seq).collect();
    // The first is the system's word of the booking.
    assert_eq!(seqs, (1..=1 + 8 * each).collect::<Vec<_>>());
    assert_eq!(stored.items[1..], sent);
    assert_eq!(stored.last_seq, 1 + 8 * each);
}

fn a_message_sent_again_is_the_same_message(db: &TestDb) {
    let clinic = Clinic::new(db);
    let id = clinic.booked(tuesday_ten()).conversation_id;
    let hello = words("hello");
    let first = send(&clinic, &clinic.patient, id, &hello);
    let again = send(
        &clinic,
        &at_time(&clinic.patient, now().plus_secs(60)),
        id,
        &hello,
    );
    assert_eq!((first.dup, again.dup), (false, true));
    assert_eq!(first.message, again.message);
    let other = Outgoing {
        body: "other words".to_owned(),
        ..hello.clone()
    };
    let refused = clinic.try_run(|conn| chat::send(conn, &clinic.patient, id, &other));
    assert!(matches!(refused, Err(StoreError::ClientIdReused)));
    // The id is the sender's own: the doctor may draw the same.
    assert!(!send(&clinic, &clinic.doctor, id, &hello).dup);
    assert_eq!(all(&clinic, &clinic.patient, id).last_seq, 3);
}

fn one_message_sent_by_eight_tries_at_once_is_stored_once(db: &TestDb) {
    let clinic = Clinic::new(db);
    let id = clinic.booked(tuesday_ten()).conversation_id;
    let hello = words("hello");
    let sent: Vec<_> = std::thread::scope(|scope| {
        let (clinic, hello) = (&clinic, &hello);
        let tasks: Vec<_> = (0..8)
            .map(|_| scope.spawn(move || send(clinic, &clinic.patient, id, hello)))
            .collect();
        tasks.into_iter().map(|task| task.join().unwrap()).collect()
    });
    assert_eq!(sent.iter().filter(|one| !one.dup).count(), 1);
    assert!(sent.iter().all(|one| one.message.seq == 2));
    assert_eq!(all(&clinic, &clinic.patient, id).last_seq, 2);
}

fn outsiders_neither_read_nor_write(db: &TestDb) {
    let clinic = Clinic::new(db);
    let id = clinic.booked(tuesday_ten()).conversation_id;
    for outsider in [
        clinic.new_doctor(),
        clinic.person(Role::Patient),
        clinic.next().patient,
    ] {
        let who = &outsider;
        assert!(matches!(
            clinic.try_run(|conn| chat::send(conn, who, id, &words("x"))),
            Err(StoreError::NotFound)
        ));
        assert!(matches!(
            clinic.try_run(|conn| chat::messages(conn, who, id, Window::After(0), 10)),
            Err(StoreError::NotFound)
        ));
        assert!(matches!(
            clinic.try_run(|conn| chat::mark_read(conn, who, id, 1)),
            Err(StoreError::NotFound)
        ));
        assert!(matches!(
            clinic.try_run(|conn| chat::get_conversation(conn, who, id)),
            Err(StoreError::NotFound)
        ));
    }
    for role in [clinic.staff, clinic.admin] {
        assert!(matches!(
            clinic.try_run(|conn| chat::messages(conn, &role, id, Window::After(0), 10)),
            Err(StoreError::Forbidden)
        ));
    }
    let mut members = clinic.run(|conn| chat::members(conn, &clinic.doctor, id));
    members.sort_unstable();
    let mut expected = [clinic.doctor.actor.user_id, clinic.patient.actor.user_id];
    expected.sort_unstable();
    assert_eq!(members, expected);
}

fn windows_reach_both_ends(db: &TestDb) {
    let clinic = Clinic::new(db);
    let id = clinic.booked(tuesday_ten()).conversation_id;
    for n in 0..9 {
        send(&clinic, &clinic.doctor, id, &words(&format!("{n}")));
    }
    let window = |window, limit| {
        let got = clinic.run(|conn| chat::messages(conn, &clinic.patient, id, window, limit));
        let seqs: Vec<i64> = got.items.iter().map(|message| message.seq).collect();
        (seqs, got.more)
    };
    assert_eq!(window(Window::After(0), 4), (vec![1, 2, 3, 4], true));
    assert_eq!(window(Window::After(6), 4), (vec![7, 8, 9, 10], false));
    assert_eq!(window(Window::Before(11), 4), (vec![7, 8, 9, 10], true));
    assert_eq!(window(Window::Before(4), 4), (vec![1, 2, 3], false));
    assert_eq!(window(Window::After(10), 4), (vec![], false));
    let place = clinic.run(|conn| chat::positions(conn, &clinic.doctor, &[id]));
    assert_eq!(place, [(id, 1, 10)]);
}

fn reading_moves_forward_only_and_never_past_the_end(db: &TestDb) {
    let clinic = Clinic::new(db);
    let id = clinic.booked(tuesday_ten()).conversation_id;
    send(&clinic, &clinic.doctor, id, &words("a"));
    send(&clinic, &clinic.doctor, id, &words("b"));
    let read = |seq| clinic.run(|conn| chat::mark_read(conn, &clinic.patient, id, seq));
    assert_eq!([read(2), read(1), read(-5), read(99)], [2, 2, 2, 3]);
    let seen = clinic.run(|conn| chat::get_conversation(conn, &clinic.patient, id));
    assert_eq!((seen.read_seq, seen.last_seq), (3, 3));
    assert_eq!(seen.other_id, clinic.doctor.actor.user_id);
}

fn unread_are_the_words_of_others(db: &TestDb) {
    let clinic = Clinic::new(db);
    let id = clinic.booked(tuesday_ten()).conversation_id;
    let unread = |who: &Ctx| match clinic.run(|conn| dashboard::load(conn, who)) {
        dashboard::Dashboard::Patient { unread, .. }
        | dashboard::Dashboard::Doctor { unread, .. } => unread.len(),
        other => panic!("{other:?}"),
    };
    // The patient booked and so knows; the doctor does not yet.
    assert_eq!((unread(&clinic.patient), unread(&clinic.doctor)), (0, 1));
    clinic.run(|conn| chat::mark_read(conn, &clinic.doctor, id, 1));
    send(&clinic, &clinic.doctor, id, &words("see you"));
    assert_eq!((unread(&clinic.patient), unread(&clinic.doctor)), (1, 0));
}

fn conversations_come_newest_first_and_tell_the_visit(db: &TestDb) {
    let clinic = Clinic::new(db);
    let starts = [0, 30, 60].map(|minutes| tuesday_ten().plus_minutes(minutes));
    let ids = starts.map(|start| clinic.booked(start).conversation_id);
    for (n, id) in [(1, ids[1]), (2, ids[0]), (3, ids[2])] {
        send(
            &clinic,
            &at_time(&clinic.doctor, now().plus_secs(n)),
            id,
            &words("hi"),
        );
    }
    let mut page = PageQuery {
        limit: 2,
        cursor: None,
    };
    let first = clinic.run(|conn| chat::list_conversations(conn, &clinic.patient, &page));
    page.cursor.clone_from(&first.next_cursor);
    let second = clinic.run(|conn| chat::list_conversations(conn, &clinic.patient, &page));
    let found: Vec<_> = first
        .items
        .iter()
        .chain(&second.items)
        .map(|one| one.id)
        .collect();
    assert_eq!(found, [ids[2], ids[0], ids[1]]);
    assert_eq!(second.next_cursor, None);
    let newest = first.items[0].last_message.as_ref().unwrap();
    assert_eq!(
        (newest.body.as_str(), newest.sender_id),
        ("hi", Some(clinic.doctor.actor.user_id))
    );
    assert!(newest.sender_name.is_some());
}

fn the_conversation_tells_what_happened_to_the_visit(db: &TestDb) {
    let clinic = Clinic::new(db);
    let visit = clinic.in_call(tuesday_ten());
    clinic.run(|conn| appointments::finish(conn, &clinic.doctor, visit.id));
    let told: Vec<_> = all(&clinic, &clinic.patient, visit.conversation_id)
        .items
        .iter()
        .map(|message| {
            assert_eq!(
                (message.kind, message.sender_id),
                (MessageKind::System, None)
            );
            SystemEvent::from_text(&message.body).unwrap()
        })
        .collect();
    let expected = [
        SystemEvent::Booked,
        SystemEvent::CallStarted,
        SystemEvent::Finished,
    ];
    assert_eq!(told, expected);
}

fn only_stored_documents_of_the_visits_patient_are_shared(db: &TestDb) {
    let clinic = Clinic::new(db);
    let id = clinic.booked(tuesday_ten()).conversation_id;
    let share = |who: &Ctx, document_id| {
        let outgoing = Outgoing {
            document_id: Some(document_id),
            ..words("")
        };
        clinic.try_run(|conn| chat::send(conn, who, id, &outgoing))
    };
    let own = stored(&clinic, &clinic.patient);
    let sent = share(&clinic.patient, own.id).unwrap().message;
    assert_eq!(
        (sent.kind, sent.document_id, &sent.body),
        (MessageKind::File, Some(own.id), &own.name)
    );
    // The doctor reads it, so the doctor may point to it.
    assert!(share(&clinic.doctor, own.id).is_ok());
    let stranger = clinic.person(Role::Patient);
    let foreign = stored(&clinic, &stranger);
    assert!(matches!(
        share(&clinic.patient, foreign.id),
        Err(StoreError::NotFound)
    ));
    assert!(matches!(
        share(&clinic.doctor, foreign.id),
        Err(StoreError::NotFound)
    ));
    let nothing = DocumentId(uuid::Uuid::new_v4());
    assert!(matches!(
        share(&clinic.patient, nothing),
        Err(StoreError::NotFound)
    ));
}

fn messages_cannot_be_changed_or_removed(db: &TestDb) {
    let clinic = Clinic::new(db);
    clinic.booked(tuesday_ten());
    for statement in ["UPDATE messages SET body = 'x'", "DELETE FROM messages"] {
        let refused = db.raw().run(statement).unwrap_err().to_string();
        assert!(refused.contains("append-only"), "{refused}");
    }
}

on_both!(
    eight_senders_leave_no_gap_and_lose_nothing,
    a_message_sent_again_is_the_same_message,
    one_message_sent_by_eight_tries_at_once_is_stored_once,
    outsiders_neither_read_nor_write,
    windows_reach_both_ends,
    reading_moves_forward_only_and_never_past_the_end,
    unread_are_the_words_of_others,
    conversations_come_newest_first_and_tell_the_visit,
    the_conversation_tells_what_happened_to_the_visit,
    only_stored_documents_of_the_visits_patient_are_shared,
    messages_cannot_be_changed_or_removed,
);

//! The hub as sockets and handlers use it, on paused time.

use std::sync::mpsc;
use std::time::Duration;

use uuid::Uuid;
use visita_domain::{AppointmentId, ConversationId, HospitalId, SessionId, UserId};
use visita_wire::appointments::Presence;
use visita_wire::ws::{LegRef, ServerMsg, close};

use super::{ConnGuard, Hub, Newcomer};
use crate::{Event, Hint, HintBus, Limits, Push, TicketHolder, Topic};

const HOSPITAL: HospitalId = HospitalId::new(Uuid::from_u128(1));
const VISIT: AppointmentId = AppointmentId::new(Uuid::from_u128(2));
const CONV: ConversationId = ConversationId::new(Uuid::from_u128(3));
const DOCTOR: UserId = UserId::new(Uuid::from_u128(4));
const PATIENT: UserId = UserId::new(Uuid::from_u128(5));

/// A socket of the user; every number is a connection, tab and session of its own.
fn connect(hub: &Hub, user: UserId, n: u128) -> ConnGuard {
    hub.register(newcomer(user, n)).expect("registered")
}

fn newcomer(user: UserId, n: u128) -> Newcomer {
    Newcomer {
        conn_id: Uuid::from_u128(n).into(),
        user_id: user,
        session_id: Uuid::from_u128(n).into(),
        tab_id: Uuid::from_u128(n).into(),
    }
}

/// What waits for a socket now.
async fn waiting(conn: &ConnGuard) -> Vec<Push> {
    let mut pushes = Vec::new();
    while let Ok(push) = tokio::time::timeout(Duration::ZERO, conn.next()).await {
        let last = matches!(push, Push::Close(_));
        pushes.push(push);
        if last {
            break;
        }
    }
    pushes
}

#[tokio::test(start_paused = true)]
async fn hints_reach_listeners_only_and_stop_with_the_socket() {
    let hub = Hub::default();
    let (doctor, patient) = (connect(&hub, DOCTOR, 10), connect(&hub, PATIENT, 11));
    doctor.subscribe(Topic::Conversation(CONV));
    hub.conversation_changed(CONV, Some(7), &[PATIENT]);
    let messages = Hint::Messages {
        conv: CONV,
        last_seq: Some(7),
    };
    let inbox = Hint::Inbox {
        conv: CONV,
        last_seq: Some(7),
    };
    assert_eq!(waiting(&doctor).await, [Push::Hint(messages)]);
    assert_eq!(waiting(&patient).await, [Push::Hint(inbox)]);
    doctor.unsubscribe(Topic::Conversation(CONV));
    hub.conversation_changed(CONV, Some(8), &[]);
    assert_eq!(waiting(&doctor).await, []);
    drop((doctor, patient));
    assert!(hub.lock().sockets.is_empty());
}

#[tokio::test(start_paused = true)]
async fn ending_a_session_or_a_user_closes_exactly_their_sockets_and_tickets() {
    let hub = Hub::default();
    let (one, two) = (connect(&hub, PATIENT, 10), connect(&hub, PATIENT, 11));
    let doctor = connect(&hub, DOCTOR, 12);
    let first: SessionId = Uuid::from_u128(10).into();
    let holder = TicketHolder {
        session_id: first,
        user_id: PATIENT,
        visit_at: None,
    };
    hub.issue_ticket([1; 32], holder).expect("room");
    hub.session_ended(first);
    assert_eq!(one.closed().await, close::AUTH);
    assert_eq!(hub.redeem_ticket(&[1; 32]), None);
    assert_eq!(waiting(&two).await, []);
    hub.user_ended(PATIENT);
    assert_eq!(waiting(&two).await, [Push::Close(close::AUTH)]);
    assert_eq!(waiting(&doctor).await, []);
}

#[tokio::test(start_paused = true)]
async fn the_same_tab_replaces_its_old_socket_and_one_too_many_the_oldest() {
    let hub = Hub::new(Limits {
        sockets_per_user: 2,
        ..Limits::default()
    });
    let old = connect(&hub, PATIENT, 10);
    let again = hub
        .register(Newcomer {
            conn_id: Uuid::from_u128(99).into(),
            ..newcomer(PATIENT, 10)
        })
        .expect("registered");
    assert_eq!(waiting(&old).await, [Push::Close(close::REPLACED)]);
    drop(old);
    let second = connect(&hub, PATIENT, 11);
    assert_eq!(waiting(&again).await, []);
    let third = connect(&hub, PATIENT, 12);
    assert_eq!(waiting(&again).await, [Push::Close(close::REPLACED)]);
    assert_eq!(waiting(&second).await, []);
    assert_eq!(waiting(&third).await, []);
}

#[tokio::test(start_paused = true)]
async fn presence_follows_the_socket_through_loss_return_and_away() {
    let hub = Hub::default();
    let doctor = connect(&hub, DOCTOR, 10);
    doctor.subscribe(Topic::Lobby(HOSPITAL));
    let lobby = [Push::Hint(Hint::Lobby)];
    assert_eq!(hub.presence(VISIT, PATIENT), Presence::Away);

    let phone = connect(&hub, PATIENT, 11);
    phone.take_seat(VISIT, HOSPITAL);
    assert_eq!(hub.presence(VISIT, PATIENT), Presence::Online);
    assert_eq!(waiting(&doctor).await, lobby);

    drop(phone);
    assert_eq!(hub.presence(VISIT, PATIENT), Presence::Reconnecting);
    assert_eq!(waiting(&doctor).await, lobby);

    let phone = connect(&hub, PATIENT, 12);
    phone.take_seat(VISIT, HOSPITAL);
    assert_eq!(hub.presence(VISIT, PATIENT), Presence::Online);
    assert_eq!(waiting(&doctor).await, lobby);
    tokio::time::sleep(Duration::from_secs(59)).await;
    phone.alive();
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(
        waiting(&doctor).await,
        [],
        "the first loss must not be told again after the return"
    );

    drop(phone);
    assert_eq!(waiting(&doctor).await, lobby);
    tokio::time::sleep(Duration::from_secs(61)).await;
    assert_eq!(hub.presence(VISIT, PATIENT), Presence::Away);
    assert_eq!(
        waiting(&doctor).await,
        lobby,
        "away is told without a question"
    );
}

#[tokio::test(start_paused = true)]
async fn losing_a_socket_tells_the_other_leg_and_keeps_the_call() {
    let hub = Hub::default();
    let (desk, phone) = (connect(&hub, DOCTOR, 10), connect(&hub, PATIENT, 11));
    let leg = |n, epoch| LegRef {
        leg: Uuid::from_u128(n).into(),
        epoch,
    };
    desk.join_call(VISIT, leg(20, 1)).expect("joins");
    let joined = phone.join_call(VISIT, leg(30, 1)).expect("joins");
    assert_eq!(joined.peer, Some(leg(20, 1)));
    drop(phone);
    let notice = |connected| {
        Push::Frame(Box::new(ServerMsg::CallPeer {
            appointment: VISIT,
            peer: Some(leg(30, 1)),
            connected,
        }))
    };
    assert_eq!(waiting(&desk).await, [notice(true), notice(false)]);
    let phone = connect(&hub, PATIENT, 12);
    let joined = phone.join_call(VISIT, leg(30, 1)).expect("resumes");
    assert_eq!(joined.peer, Some(leg(20, 1)));
    assert_eq!(waiting(&desk).await, [notice(true)]);
}

#[tokio::test(start_paused = true)]
async fn draining_tells_everybody_closes_and_takes_no_more() {
    let hub = Hub::default();
    let conn = connect(&hub, DOCTOR, 10);
    hub.drain(5_000);
    assert_eq!(
        waiting(&conn).await,
        [
            Push::Frame(Box::new(ServerMsg::Drain { after_ms: 0 })),
            Push::Close(close::DRAIN),
        ]
    );
    assert!(hub.register(newcomer(PATIENT, 11)).is_none());
    assert!(hub.admit_stranger([192, 0, 2, 1].into()).is_none());
    let watch = tokio::spawn({
        let hub = hub.clone();
        async move { hub.drained().await }
    });
    tokio::task::yield_now().await;
    assert!(!watch.is_finished());
    drop(conn);
    watch.await.expect("all sockets gone");
}

#[tokio::test(start_paused = true)]
async fn a_bus_gets_what_is_published_but_not_what_it_delivers() {
    struct Recorder(mpsc::Sender<Event>);
    impl HintBus for Recorder {
        fn forward(&self, event: Event) {
            self.0.send(event).expect("recorded");
        }
    }
    let (sender, receiver) = mpsc::channel();
    let hub = Hub::with_bus(Limits::default(), Recorder(sender));
    let conn = connect(&hub, DOCTOR, 10);
    let event = Event {
        topic: Topic::User(DOCTOR),
        hint: Hint::Appointment { appointment: VISIT },
    };
    hub.publish(event.topic, event.hint);
    assert_eq!(receiver.try_iter().collect::<Vec<_>>(), [event]);
    assert_eq!(waiting(&conn).await, [Push::Hint(event.hint)]);
    hub.deliver(event);
    assert_eq!(receiver.try_iter().count(), 0);
    assert_eq!(waiting(&conn).await, [Push::Hint(event.hint)]);
}

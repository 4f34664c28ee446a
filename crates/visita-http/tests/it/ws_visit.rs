//! The lobby, the visit and the call, over sockets (REALTIME A, E).

use reqwest::StatusCode;
use serde_json::json;
use visita_domain::OfferId;
use visita_domain::appointment::AppointmentState;
use visita_wire::ErrorCode;
use visita_wire::appointments::{LobbyView, Presence};
use visita_wire::ws::{ClientMsg, LegRef, ServerMsg, SigNackReason, Signal, SignalBody};

use crate::harness::step;
use crate::ws_client::{Socket, draw};
use crate::ws_stage::{Stage, staged_on_both};

staged_on_both!(
    the_lobby_shows_arrival_presence_loss_return_and_admission,
    lobbies_and_visits_are_for_those_who_may_see_them,
    two_legs_signal_each_other_and_stale_ones_are_refused,
    a_leg_outlives_its_socket_and_is_taken_up_again,
    only_the_two_people_of_an_admitted_visit_join,
);

/// The next lobby that `wanted` accepts. Changes melt together, so steps may be skipped.
async fn lobby(socket: &mut Socket, wanted: impl Fn(&LobbyView) -> bool) -> LobbyView {
    socket
        .until(|frame| match frame.msg {
            ServerMsg::LobbySnap(view) if wanted(&view) => Some(view),
            _ => None,
        })
        .await
}

fn presences(view: &LobbyView) -> Vec<Presence> {
    view.items.iter().map(|entry| entry.presence).collect()
}

/// The next state of the visit that is `state`.
async fn visit_is(socket: &mut Socket, wanted: AppointmentState) -> (Presence, bool) {
    socket
        .until(|frame| match frame.msg {
            ServerMsg::VisitState {
                state,
                patient,
                doctor_online,
                ..
            } if state == wanted => Some((patient, doctor_online)),
            _ => None,
        })
        .await
}

fn offer(stage: &Stage, from: LegRef, to: LegRef, sig_seq: u32) -> Signal {
    Signal {
        appointment: stage.visit,
        from,
        to,
        pc_gen: 1,
        sig_seq,
        body: SignalBody::Offer {
            offer_id: OfferId::new(uuid::Uuid::from_u128(1)),
            sdp: "v=0\r\n".to_owned(),
        },
    }
}

async fn signal(socket: &mut Socket) -> Signal {
    socket
        .until(|frame| match frame.msg {
            ServerMsg::Sig(signal) => Some(signal),
            _ => None,
        })
        .await
}

async fn refused(socket: &mut Socket, signal: Signal) -> SigNackReason {
    match socket.ask(ClientMsg::Sig(signal)).await {
        ServerMsg::SigNack { reason, .. } => reason,
        _ => panic!("no nack"),
    }
}

async fn the_lobby_shows_arrival_presence_loss_return_and_admission(stage: Stage) {
    let appointment = stage.visit;
    let mut doctor = stage.socket(&stage.doctor).await;
    let ServerMsg::LobbySnap(empty) = doctor.ask(ClientMsg::LobbySub {}).await else {
        panic!("no lobby");
    };
    assert!(empty.items.is_empty());

    stage.act(&stage.patient, "arrive").await;
    let arrived = lobby(&mut doctor, |view| view.items.len() == 1).await;
    assert!(arrived.rev > empty.rev);
    assert_eq!(arrived.items[0].appointment_id, appointment);
    assert_eq!(arrived.items[0].state, AppointmentState::Arrived);
    assert_eq!(presences(&arrived), [Presence::Away], "no page is open yet");

    let mut patient = stage.socket(&stage.patient).await;
    patient.say(ClientMsg::VisitSub { appointment }).await;
    visit_is(&mut patient, AppointmentState::Arrived).await;
    lobby(&mut doctor, |view| presences(view) == [Presence::Online]).await;
    patient.cut();
    let lost = lobby(&mut doctor, |view| {
        presences(view) == [Presence::Reconnecting]
    })
    .await;
    assert_eq!(lost.items[0].waiting_since, arrived.items[0].waiting_since);

    let mut patient = stage.socket(&stage.patient).await;
    patient.say(ClientMsg::VisitSub { appointment }).await;
    visit_is(&mut patient, AppointmentState::Arrived).await;
    lobby(&mut doctor, |view| presences(view) == [Presence::Online]).await;

    doctor.say(ClientMsg::VisitSub { appointment }).await;
    visit_is(&mut doctor, AppointmentState::Arrived).await;
    stage.act(&stage.doctor, "admit").await;
    assert_eq!(
        visit_is(&mut patient, AppointmentState::InCall).await,
        (Presence::Online, true)
    );
    lobby(&mut doctor, |view| {
        view.items[0].state == AppointmentState::InCall
    })
    .await;
    patient.say(ClientMsg::VisitUnsub { appointment }).await;
    lobby(&mut doctor, |view| presences(view) == [Presence::Away]).await;
}

async fn lobbies_and_visits_are_for_those_who_may_see_them(stage: Stage) {
    let appointment = stage.visit;
    stage.act(&stage.patient, "arrive").await;
    let mut patient = stage.socket(&stage.patient).await;
    let refused = patient.ask(ClientMsg::LobbySub {}).await;
    assert!(
        refused
            == ServerMsg::Error {
                code: ErrorCode::Forbidden
            }
    );
    let mut other = stage.socket(&stage.other_doctor).await;
    let ServerMsg::LobbySnap(own) = other.ask(ClientMsg::LobbySub {}).await else {
        panic!("no lobby");
    };
    assert!(own.items.is_empty(), "another doctor's patient");
    let mut staff = stage.socket(&stage.staff).await;
    let ServerMsg::LobbySnap(all) = staff.ask(ClientMsg::LobbySub {}).await else {
        panic!("no lobby");
    };
    assert_eq!(all.items.len(), 1);
    for who in [&stage.other_patient, &stage.other_doctor] {
        let mut socket = stage.socket(who).await;
        let answer = socket.ask(ClientMsg::VisitSub { appointment }).await;
        assert!(
            answer
                == ServerMsg::Error {
                    code: ErrorCode::NotFound
                }
        );
    }
    // Staff watch a visit without taking a seat in it.
    let watched = staff.ask(ClientMsg::VisitSub { appointment }).await;
    assert!(matches!(
        watched,
        ServerMsg::VisitState {
            patient: Presence::Away,
            doctor_online: false,
            ..
        }
    ));
}

async fn two_legs_signal_each_other_and_stale_ones_are_refused(stage: Stage) {
    stage.admit().await;
    let mut doctor = stage.socket(&stage.doctor).await;
    let mut patient = stage.socket(&stage.patient).await;
    let (d, alone, polite) = doctor.join(stage.visit, None).await;
    assert_eq!((alone, polite), (None, false));
    assert_eq!(
        refused(
            &mut doctor,
            offer(
                &stage,
                d,
                LegRef {
                    leg: draw(),
                    epoch: 1
                },
                1
            )
        )
        .await,
        SigNackReason::NoPeer
    );
    let (p, peer, polite) = patient.join(stage.visit, None).await;
    assert_eq!((peer, polite), (Some(d), true));
    assert_eq!(doctor.peer().await, (Some(p), true));

    let sent = offer(&stage, d, p, 1);
    doctor.say(ClientMsg::Sig(sent.clone())).await;
    assert!(signal(&mut patient).await == sent);
    let back = offer(&stage, p, d, 1);
    patient.say(ClientMsg::Sig(back.clone())).await;
    assert!(signal(&mut doctor).await == back);

    // The patient opens the visit on another device.
    let mut tablet = stage.socket(&stage.patient).await;
    let (newer, peer, _) = tablet.join(stage.visit, None).await;
    assert_eq!((newer.epoch, peer), (p.epoch + 1, Some(d)));
    assert_ne!(newer.leg, p.leg);
    patient
        .until(|frame| matches!(frame.msg, ServerMsg::CallReplaced { .. }).then_some(()))
        .await;
    assert_eq!(doctor.peer().await, (Some(newer), true));
    for stale in [offer(&stage, p, d, 2), offer(&stage, newer, d, 2)] {
        assert_eq!(refused(&mut patient, stale).await, SigNackReason::Stale);
    }
    assert_eq!(
        refused(&mut doctor, offer(&stage, d, p, 2)).await,
        SigNackReason::Stale
    );
    let broken = Signal {
        body: SignalBody::Offer {
            offer_id: draw(),
            sdp: "no sdp".to_owned(),
        },
        ..offer(&stage, d, newer, 3)
    };
    let answer = doctor.ask(ClientMsg::Sig(broken)).await;
    assert!(
        answer
            == ServerMsg::Error {
                code: ErrorCode::ValidationFailed
            }
    );
}

async fn a_leg_outlives_its_socket_and_is_taken_up_again(stage: Stage) {
    stage.admit().await;
    let mut doctor = stage.socket(&stage.doctor).await;
    let mut patient = stage.socket(&stage.patient).await;
    let (d, _, _) = doctor.join(stage.visit, None).await;
    let (p, _, _) = patient.join(stage.visit, None).await;
    assert_eq!(doctor.peer().await, (Some(p), true));
    patient.cut();
    assert_eq!(doctor.peer().await, (Some(p), false), "media may flow on");
    let kept = offer(&stage, d, p, 1);
    doctor.say(ClientMsg::Sig(kept.clone())).await;

    let mut patient = stage.socket(&stage.patient).await;
    let (again, peer, _) = patient.join(stage.visit, Some(p)).await;
    assert_eq!((again, peer), (p, Some(d)), "same leg and epoch");
    assert!(signal(&mut patient).await == kept, "what came meanwhile");
    assert_eq!(doctor.peer().await, (Some(p), true));

    patient
        .say(ClientMsg::CallLeave {
            appointment: stage.visit,
        })
        .await;
    assert_eq!(doctor.peer().await, (None, false));
    let (later, _, _) = patient.join(stage.visit, None).await;
    assert_eq!(later.epoch, p.epoch + 1, "epochs never come back");
}

async fn only_the_two_people_of_an_admitted_visit_join(stage: Stage) {
    let appointment = stage.visit;
    let join = ClientMsg::CallJoin {
        appointment,
        resume: None,
    };
    let mut doctor = stage.socket(&stage.doctor).await;
    let early = doctor.ask(join.clone()).await;
    assert!(
        early
            == ServerMsg::Error {
                code: ErrorCode::IllegalTransition
            }
    );
    stage.admit().await;
    let (d, _, _) = doctor.join(appointment, None).await;
    let mut patient = stage.socket(&stage.patient).await;
    let (p, _, _) = patient.join(appointment, None).await;
    for (who, code) in [
        (&stage.other_patient, ErrorCode::NotFound),
        (&stage.other_doctor, ErrorCode::NotFound),
        (&stage.staff, ErrorCode::Forbidden),
    ] {
        let mut third = stage.socket(who).await;
        assert!(third.ask(join.clone()).await == ServerMsg::Error { code });
        assert_eq!(
            refused(&mut third, offer(&stage, p, d, 1)).await,
            SigNackReason::Stale
        );
    }
    stage.act(&stage.doctor, "finish").await;
    assert_eq!(
        refused(&mut patient, offer(&stage, p, d, 1)).await,
        SigNackReason::Stale
    );
    let late = patient.ask(join).await;
    assert!(
        late == ServerMsg::Error {
            code: ErrorCode::IllegalTransition
        }
    );
}

#[tokio::test]
async fn both_people_hear_that_an_appointment_changed() {
    let stage = Stage::sqlite().await;
    let mut doctor = stage.socket(&stage.doctor).await;
    let mut patient = stage.socket(&stage.patient).await;
    let mut other = stage.socket(&stage.other_patient).await;
    let cancel = step(stage.visit, "cancel");
    stage
        .patient
        .post(&cancel, &json!({}))
        .await
        .expect(StatusCode::OK);
    for socket in [&mut doctor, &mut patient] {
        let changed = socket
            .until(|frame| match frame.msg {
                ServerMsg::AppointmentChanged { appointment } => Some(appointment),
                _ => None,
            })
            .await;
        assert_eq!(changed, stage.visit);
    }
    let next = other.frame_after_ping().await;
    assert!(
        matches!(next, ServerMsg::Pong { .. }),
        "others hear nothing"
    );
}

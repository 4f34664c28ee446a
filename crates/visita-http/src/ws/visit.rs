//! Frames of the lobby and of visits, and the ping with its positions.

use std::collections::BTreeMap;

use visita_domain::appointment::Appointment;
use visita_domain::{AppointmentId, UserId};
use visita_hub::Topic;
use visita_store::{appointments, chat};
use visita_wire::ErrorCode;
use visita_wire::appointments::{LobbyView, Presence};
use visita_wire::ws::ServerMsg;

use crate::convert;
use crate::ws::connection::{Fault, Socket};

/// Visits that one socket may follow.
const MAX_VISITS: usize = 16;

impl Socket<'_> {
    /// Follows the lobby of the user's hospital.
    pub(super) async fn follow_lobby(&mut self, re: Option<u64>) -> Result<(), Fault> {
        let hospital = self.actor.hospital_id.ok_or(ErrorCode::Forbidden)?;
        self.conn.subscribe(Topic::Lobby(hospital));
        let before = self.lobby.replace(0);
        let shown = self.show_lobby(re).await;
        if shown.is_err() && before.is_none() {
            self.unfollow_lobby();
        }
        shown
    }

    /// Follows it no more.
    pub(super) fn unfollow_lobby(&mut self) {
        self.lobby = None;
        if let Some(hospital) = self.actor.hospital_id {
            self.conn.unsubscribe(Topic::Lobby(hospital));
        }
    }

    /// Sends the lobby as it stands, while it is followed.
    pub(super) async fn show_lobby(&mut self, re: Option<u64>) -> Result<(), Fault> {
        if self.lobby.is_none() {
            return Ok(());
        }
        let (rev, waiting) = self.store(appointments::lobby).await?;
        self.lobby = Some(rev);
        let items = convert::lobby(waiting, &self.state.hub);
        let snap = ServerMsg::LobbySnap(LobbyView { rev, items });
        self.out.answer(re, snap).await?;
        Ok(())
    }

    /// Follows a visit. Its patient and doctor are present while they do.
    pub(super) async fn follow_visit(
        &mut self,
        re: Option<u64>,
        id: AppointmentId,
    ) -> Result<(), Fault> {
        if self.visits.len() >= MAX_VISITS && !self.visits.contains_key(&id) {
            return Err(ErrorCode::RateLimited.into());
        }
        self.conn.subscribe(Topic::Visit(id));
        let found = self
            .store(move |conn, ctx| appointments::get(conn, ctx, id))
            .await
            .inspect_err(|_| self.conn.unsubscribe(Topic::Visit(id)))?;
        self.visits.insert(id, found.hospital_id);
        if takes_part(&found, self.user_id()) {
            self.conn.take_seat(id, found.hospital_id);
        }
        self.out.answer(re, self.visit_state(&found)).await?;
        Ok(())
    }

    /// Follows it no more: the page was left on purpose.
    pub(super) fn unfollow_visit(&mut self, id: AppointmentId) {
        self.conn.unsubscribe(Topic::Visit(id));
        if let Some(hospital) = self.visits.remove(&id) {
            self.conn.give_up_seat(id, hospital);
        }
    }

    /// Sends a visit as it stands, while it is followed.
    pub(super) async fn show_visit(
        &mut self,
        re: Option<u64>,
        id: AppointmentId,
    ) -> Result<(), Fault> {
        if !self.visits.contains_key(&id) {
            return Ok(());
        }
        let found = match self
            .store(move |conn, ctx| appointments::get(conn, ctx, id))
            .await
        {
            Err(Fault::Refused(code @ (ErrorCode::NotFound | ErrorCode::Forbidden))) => {
                self.unfollow_visit(id);
                return Err(code.into());
            }
            found => found?,
        };
        self.out.answer(re, self.visit_state(&found)).await?;
        Ok(())
    }

    /// Answers `ping` with the newest positions, and sends what the client lacks: even when
    /// every hint was lost, a ping brings all up to date (REALTIME I7).
    pub(super) async fn pong(&mut self, re: Option<u64>) -> Result<(), Fault> {
        let ids: Vec<_> = self.convs.keys().copied().collect();
        let follows_lobby = self.lobby.is_some();
        let read = self
            .store(move |conn, ctx| {
                let positions = if ids.is_empty() {
                    Vec::new()
                } else {
                    chat::positions(conn, ctx, &ids)?
                };
                let lobby_rev = if follows_lobby {
                    Some(appointments::lobby_rev(conn, ctx)?)
                } else {
                    None
                };
                Ok((positions, lobby_rev))
            })
            .await;
        let (positions, lobby_rev) = match read {
            // The socket lives although the database does not answer right now.
            Err(Fault::Refused(_)) => (Vec::new(), None),
            read => read?,
        };
        let convs: BTreeMap<_, _> = positions
            .iter()
            .map(|(conv, _, last_seq)| (*conv, *last_seq))
            .collect();
        let pong = ServerMsg::Pong {
            server_time: self.state.clock.now(),
            convs,
            lobby_rev,
        };
        self.out.answer(re, pong).await?;
        for (conv, epoch, last_seq) in positions {
            let restored = self
                .convs
                .get(&conv)
                .is_some_and(|sent| sent.epoch != epoch);
            self.deliver(conv, (!restored).then_some(last_seq)).await?;
        }
        if lobby_rev.is_some() && self.lobby != lobby_rev {
            self.show_lobby(None).await?;
        }
        Ok(())
    }

    fn visit_state(&self, appointment: &Appointment) -> ServerMsg {
        let hub = &self.state.hub;
        let presence = |user| hub.presence(appointment.id, user);
        ServerMsg::VisitState {
            appointment: appointment.id,
            state: appointment.state,
            version: appointment.version,
            starts_at: appointment.range.start(),
            patient: presence(appointment.patient_id.into()),
            doctor_online: presence(appointment.doctor_id.into()) == Presence::Online,
        }
    }
}

fn takes_part(appointment: &Appointment, user: UserId) -> bool {
    user == appointment.doctor_id.into() || user == appointment.patient_id.into()
}

//! Clients and their sockets: how one opens, how it is lost, what arrives.

use presence::close::{CloseCode, Reconnect};
use presence::effects::{Attached, Connect, ServerMessage};
use presence::ids::{ResumeToken, SocketKey};
use presence::state::{Device as DeviceInfo, EndReason, Protocol};

use super::device::{Device, Link};
use super::heard::Sound;
use super::node::{Beats, Socket};
use super::{Due, Input, World};
use crate::faults::Fault;
use crate::script::{Loss, Manners};

impl World {
    /// The sockets of a hub as its next turn finds them.
    pub(super) fn sockets_of(&self, hub: usize) -> Vec<Attached> {
        let lost = |key: SocketKey, beat: i64, at: i64| {
            !self.was_quiet(at) && self.would_strike(Fault::BeatLost, &[key.0, beat as u64])
        };
        self.nodes[hub].attached(self.now, lost)
    }

    /// A beat that would have counted now was lost.
    pub(super) fn count_lost_beats(&mut self, hub: usize, found: &[Attached]) {
        let all = self.nodes[hub].attached(self.now, |_, _, _| false);
        if all.iter().zip(found).any(|(all, found)| all.last_seen != found.last_seen) {
            self.coverage.fault(Fault::BeatLost);
        }
    }

    /// Somebody switches a device on.
    pub fn add_device(&mut self, mut device: Device) -> usize {
        let number = self.devices.len();
        let owned = self.owned.entry(device.owner).or_default();
        owned.push(number);
        device.number = owned.len() as u64;
        self.devices.push(device);
        number
    }

    /// Names what becomes of a device after its last socket.
    pub(super) fn name_of(&self, device: usize) -> [u64; 3] {
        let device = &self.devices[device];
        [self.nodes[device.owner].name, device.number, device.opened]
    }

    /// The key of a device's next socket: no other has it, and it is the same whatever others do.
    fn next_key(&mut self, device: usize) -> SocketKey {
        let device = &mut self.devices[device];
        device.opened += 1;
        SocketKey(((device.owner as u64) << 40) | (device.number << 20) | device.opened)
    }

    /// A fair coin for a socket.
    fn tosses(&self, what: &str, key: SocketKey) -> bool {
        self.random(what, &[key.0]).chance(5_000)
    }

    /// Why a socket closed: now and then the shell has closed it, since its client broke a rule.
    fn reason_of(&self, key: SocketKey) -> EndReason {
        if self.orderly {
            return EndReason::Closed;
        }
        match self.random("reason", &[key.0]).below(10) {
            0 => EndReason::ProtocolError,
            1 => EndReason::RateLimited,
            _ => EndReason::Closed,
        }
    }

    /// A device opens a socket. Whether its session was resumed; nothing if it was refused.
    pub fn open(
        &mut self,
        device: usize,
        resume: Option<ResumeToken>,
        token_life: Option<i64>,
    ) -> Option<bool> {
        let key = self.next_key(device);
        let Device { owner: hub, kind, stomp, manners, .. } = self.devices[device];
        let clock = self.clock(hub);
        let every = if manners == Manners::Lazy {
            self.config.session_ttl * 9 / 10
        } else {
            self.config.heartbeat
        };
        let socket = Socket {
            device,
            session: None,
            opened_at: clock,
            last_frame: clock,
            token_expires_at: token_life.map(|ms| clock + ms),
            beats: Beats { from: self.now, every, until: None },
            deaf: false,
        };
        self.tally.worker_request();
        self.tally.request("connect");
        // A STOMP socket was accepted before its CONNECT came; a JSON one is in this turn.
        if stomp {
            self.nodes[hub].sockets.insert(key, socket.clone());
        }
        let input = Input::Connect { socket: key, resume: resume.clone(), kind, stomp };
        let connect = Connect {
            socket: key,
            protocol: if stomp { Protocol::Stomp12 } else { Protocol::Json },
            resume,
            device: DeviceInfo { kind: Some(kind), ..DeviceInfo::default() },
            user_agent: None,
            country: None,
            colo: None,
            wants_presence: !stomp,
        };
        let step = self.turn(hub, &input, |hub, turn| hub.connect(turn, &connect));
        let resumed = step.result.as_ref().ok().map(|connected| connected.resumed);
        let state = &mut self.devices[device];
        state.comeback = 0;
        if let Ok(connected) = &step.result {
            let session = Some((connected.session.clone(), connected.connection));
            self.nodes[hub].sockets.insert(key, Socket { session, ..socket });
            (state.link, state.hears) = (Link::Up(key), true);
            state.tries = 0;
        } else {
            self.nodes[hub].sockets.remove(&key);
            state.link = Link::Down;
            self.come_back_soon(device);
        }
        self.carry_out(hub, step.effects);
        if stomp && self.devices[device].socket().is_some() {
            self.subscribe_again(device);
        }
        resumed
    }

    /// The device lost its socket through no will of its own.
    pub(super) fn come_back_soon(&mut self, device: usize) {
        let tries = self.devices[device].tries.min(5);
        self.devices[device].tries += 1;
        let most = (1_000_i64 << tries).min(30_000);
        let [owner, number, opened] = self.name_of(device);
        let name = [owner, number, opened, u64::from(self.devices[device].tries)];
        let wait = self.random("comeback", &name).range(0, most);
        match self.devices[device].manners {
            // Where it is refused each time, even the hasty one gives it a rest.
            Manners::Hasty if tries < 3 => self.come_back_in(device, wait.min(20)),
            Manners::Good | Manners::Hasty => self.come_back_in(device, wait),
            Manners::Lazy => {}
        }
    }

    pub(super) fn come_back_in(&mut self, device: usize, ms: i64) {
        let number = self.number();
        self.devices[device].comeback = number;
        self.schedule(self.now + ms, Due::Comeback(device, number));
    }

    pub(super) fn comeback(&mut self, device: usize, number: u64) {
        if self.devices[device].comeback == number && self.devices[device].link == Link::Down {
            self.resume(device);
        }
    }

    /// A device comes back as its manners want it.
    pub fn resume(&mut self, device: usize) {
        let token = match self.devices[device].manners {
            Manners::Hasty => None,
            _ => self.devices[device].token.clone(),
        };
        self.open(device, token, None);
    }

    /// A device loses its socket; what the hub learns of it depends on how.
    pub fn lose(&mut self, device: usize, loss: Loss, back: Option<i64>) {
        let (Some(key), hub) = (self.devices[device].socket(), self.devices[device].owner) else {
            return;
        };
        if let Some(socket) = self.nodes[hub].sockets.get_mut(&key) {
            socket.deaf = true;
            socket.beats.until.get_or_insert(self.now);
        }
        self.devices[device].hears = false;
        match loss {
            Loss::Closed(0) => self.close_event(hub, key),
            Loss::Closed(ms) => {
                self.coverage.fault(Fault::CloseLate);
                self.schedule(self.now + ms, Due::Close(hub, key));
            }
            Loss::Vanished => {
                self.coverage.fault(Fault::SocketVanished);
                self.nodes[hub].sockets.remove(&key);
            }
            Loss::HalfOpen(ms) => {
                self.coverage.fault(Fault::SocketHalfOpen);
                if self.tosses("close of half", key) {
                    self.schedule(self.now + ms, Due::Close(hub, key));
                }
                return self.schedule(self.now + ms, Due::Notices(device, key));
            }
        }
        self.is_down(device);
        if let Some(ms) = back {
            self.come_back_in(device, ms);
        }
    }

    fn is_down(&mut self, device: usize) {
        let device = &mut self.devices[device];
        device.link = Link::Down;
        device.hears = false;
        device.unanswered.clear();
    }

    /// The client finds out that its socket is dead.
    pub(super) fn notices(&mut self, device: usize, key: SocketKey) {
        if self.devices[device].socket() == Some(key) {
            self.is_down(device);
            self.come_back_soon(device);
        }
    }

    /// The close event of a socket that is gone.
    pub(super) fn close_event(&mut self, hub: usize, key: SocketKey) {
        let attached = self.sockets_of(hub).into_iter().find(|socket| socket.key == key);
        if let Some(attached) = attached {
            self.closed(hub, &attached);
            self.nodes[hub].sockets.remove(&key);
        }
    }

    /// The close event of a socket that the hub itself has closed.
    pub(super) fn late_close(&mut self, hub: usize, attached: &Attached, crashes: u32) {
        if self.nodes[hub].crashes == crashes {
            self.closed(hub, attached);
        }
    }

    fn closed(&mut self, hub: usize, attached: &Attached) {
        self.tally.request("close");
        let reason = self.reason_of(attached.key);
        let input = Input::Closed(attached.clone(), reason);
        let step = self.turn(hub, &input, |hub, turn| hub.closed(turn, attached, reason));
        self.carry_out(hub, step.effects);
    }

    /// The hub closes a socket.
    pub(super) fn closed_by_hub(&mut self, hub: usize, key: SocketKey, code: CloseCode) {
        let attached = self.sockets_of(hub).into_iter().find(|socket| socket.key == key);
        let Some(socket) = self.nodes[hub].sockets.remove(&key) else { return };
        if let Some(attached) = attached.filter(|_| self.tosses("close of closed", key)) {
            let crashes = self.nodes[hub].crashes;
            let at = self.now + self.random("late close", &[key.0]).range(0, 2_000);
            self.schedule(at, Due::LateClose(hub, Box::new(attached), crashes));
        }
        if !socket.deaf {
            self.hear(key, || Sound::Closed(code));
        }
        if !socket.deaf && self.devices[socket.device].socket() == Some(key) {
            self.is_down(socket.device);
            match code.reconnect() {
                Reconnect::No => self.devices[socket.device].link = Link::Gone,
                _ => self.come_back_soon(socket.device),
            }
        }
    }

    /// What the hub said arrives, if somebody is there.
    pub(super) fn receive(&mut self, hub: usize, key: SocketKey, message: &ServerMessage) {
        let open = self.nodes[hub].sockets.get(&key).filter(|socket| !socket.deaf);
        let Some(number) = open.map(|socket| socket.device) else { return };
        self.hear(key, || Sound::Said(Box::new(message.clone())));
        let told = match message {
            ServerMessage::Presence(presence) => vec![presence.clone()],
            ServerMessage::Presences(several) => several.clone(),
            _ => Vec::new(),
        };
        let device = &mut self.devices[number];
        match message {
            ServerMessage::Welcome(welcome) => {
                device.session = Some(welcome.session.clone());
                device.token = Some(welcome.resume_token.clone());
            }
            ServerMessage::Reply { correlation: Some(mark), .. }
            | ServerMessage::Refused { correlation: Some(mark), .. } => {
                device.unanswered.remove(mark);
            }
            ServerMessage::Message(message) => {
                device.messages.insert(message.message_id.clone());
            }
            _ => {}
        }
        for presence in &told {
            if device.is_told_of(&presence.user_id) {
                device.believe(presence);
            }
        }
        if let Some(mut judge) = self.judge.take() {
            let viewer = self.nodes[hub].user.clone();
            if let Err(violation) = judge.told(&viewer, key, self.now, message) {
                self.breach(violation);
            }
            self.judge = Some(judge);
        }
    }
}

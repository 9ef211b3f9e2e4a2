//! Clients: what they were told, in which order, and what they believe.

use std::collections::BTreeMap;

use presence::calls::HubRequest;
use presence::close::CloseCode;
use presence::effects::{Command, Connect, Connected, Reply, ServerMessage};
use presence::errors::{ErrorCode, Refusal};
use presence::ids::{ResumeToken, SessionId, SocketKey, UserId};
use presence::state::{Device, DeviceType, EndReason, Presence, Protocol, Status};
use presence::time::Millis;

use super::node::Socket;
use super::{World, user};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClientId(pub u64);

/// One device. It survives its sockets, as an application does.
pub struct Client {
    pub user: UserId,
    pub session: SessionId,
    pub token: ResumeToken,
    pub resumed: bool,
    pub socket: Option<SocketKey>,
    pub inbox: Vec<(Millis, ServerMessage)>,
    pub closed: Option<CloseCode>,
    /// What it believes, by the version filter of the contract.
    pub view: BTreeMap<UserId, Presence>,
}

impl Client {
    /// Everything it was told of one user, in order.
    pub fn told_about(&self, id: &str) -> Vec<Presence> {
        let of = |message: &ServerMessage| match message {
            ServerMessage::Presence(presence) => vec![presence.clone()],
            ServerMessage::Presences(several) => several.clone(),
            _ => Vec::new(),
        };
        let all = self.inbox.iter().flat_map(|(_, message)| of(message));
        all.filter(|presence| presence.user_id.as_str() == id).collect()
    }

    /// How it believes that user to be.
    pub fn sees(&self, id: &str) -> Option<Status> {
        self.view.get(&user(id)).map(|presence| presence.status)
    }

    /// The messages that it received, as JSON contents.
    pub fn messages(&self) -> Vec<serde_json::Value> {
        let content = |(_, message): &(Millis, ServerMessage)| match message {
            ServerMessage::Message(message) => Some(message.content.clone()),
            _ => None,
        };
        self.inbox.iter().filter_map(content).collect()
    }

    /// The replies that it received, in order.
    pub fn replies(&self) -> Vec<Reply> {
        let reply = |(_, message): &(Millis, ServerMessage)| match message {
            ServerMessage::Reply { reply, .. } => Some(reply.clone()),
            _ => None,
        };
        self.inbox.iter().filter_map(reply).collect()
    }

    /// The codes of the refusals that it received, in order.
    pub fn refusals(&self) -> Vec<ErrorCode> {
        let code = |(_, message): &(Millis, ServerMessage)| match message {
            ServerMessage::Refused { refusal, .. } => Some(refusal.code),
            _ => None,
        };
        self.inbox.iter().filter_map(code).collect()
    }
}

impl World {
    /// A new device of `id` connects over JSON, and beats.
    pub fn connect(&mut self, id: &str) -> ClientId {
        self.connect_as(id, DeviceType::Web, None)
    }

    /// A new device of that kind connects, perhaps with a token from before.
    pub fn connect_as(
        &mut self,
        id: &str,
        kind: DeviceType,
        resume: Option<ResumeToken>,
    ) -> ClientId {
        let device = Device { kind: Some(kind), ..Device::default() };
        self.open(id, None, Protocol::Json, device, resume)
    }

    /// A STOMP device connects; it is told nothing of presence before `Command::PresenceReady`.
    pub fn connect_stomp(&mut self, id: &str, resume: Option<ResumeToken>) -> ClientId {
        self.open(id, None, Protocol::Stomp12, Device::default(), resume)
    }

    /// The device opens a new socket and takes up its session, if that still lives.
    pub fn resume(&mut self, client: ClientId) -> bool {
        let (user, token) = (self.client(client).user.clone(), self.client(client).token.clone());
        self.open(user.as_str(), Some(client), Protocol::Json, Device::default(), Some(token));
        self.client(client).resumed
    }

    fn open(
        &mut self,
        id: &str,
        known: Option<ClientId>,
        protocol: Protocol,
        device: Device,
        resume: Option<ResumeToken>,
    ) -> ClientId {
        self.try_open(id, known, protocol, device, resume).expect("storage takes the session")
    }

    /// A new device connects while storage may refuse.
    pub fn try_connect(&mut self, id: &str) -> Result<ClientId, Refusal> {
        self.try_open(id, None, Protocol::Json, Device::default(), None)
    }

    fn try_open(
        &mut self,
        id: &str,
        known: Option<ClientId>,
        protocol: Protocol,
        device: Device,
        resume: Option<ResumeToken>,
    ) -> Result<ClientId, Refusal> {
        self.last_client += 1;
        let client = known.unwrap_or(ClientId(self.last_client));
        let socket = SocketKey(self.last_client);
        let wants_presence = protocol == Protocol::Json;
        let connect = Connect {
            socket,
            protocol,
            resume,
            device,
            user_agent: Some("test".into()),
            country: Some("VN".into()),
            colo: Some("SGN".into()),
            wants_presence,
        };
        // The shell binds and accepts the socket before it carries out the effects.
        let (user, now) = (user(id), self.now);
        let config = self.config;
        let mut seed = super::Seed(self.last_client.wrapping_mul(0x5851_f42d));
        let node =
            self.nodes.entry(user.clone()).or_insert_with(|| super::Node::new(&user, config));
        let step = node.input(now, &mut seed, |hub, turn| hub.connect(turn, &connect));
        let connected: Connected = match step.result {
            Ok(connected) => connected,
            Err(refusal) => {
                self.carry_out(&user, step.effects);
                return Err(refusal);
            }
        };
        let session = Some((connected.session.clone(), connected.connection));
        let beats = Some((now, None));
        let (opened_at, last_frame) = (now, now);
        let (token_expires_at, deaf) = (None, false);
        let open = Socket { client, session, opened_at, last_frame, beats, token_expires_at, deaf };
        node.sockets.insert(socket, open);
        self.events.extend(step.events);
        let state = self.clients.entry(client).or_insert_with(|| Client {
            user: user.clone(),
            session: connected.session.clone(),
            token: connected.resume_token.clone(),
            resumed: false,
            socket: None,
            inbox: Vec::new(),
            closed: None,
            view: BTreeMap::new(),
        });
        state.session = connected.session;
        state.token = connected.resume_token;
        state.resumed = connected.resumed;
        state.socket = Some(socket);
        state.closed = None;
        self.carry_out(&user, step.effects);
        Ok(client)
    }

    pub fn client(&mut self, client: ClientId) -> &mut Client {
        self.clients.get_mut(&client).unwrap()
    }

    fn socket(&mut self, client: ClientId) -> (UserId, SocketKey) {
        let client = self.client(client);
        (client.user.clone(), client.socket.expect("the client has an open socket"))
    }

    /// The client sends a command.
    pub fn say(&mut self, client: ClientId, command: Command) -> Result<(), Refusal> {
        let (user, socket) = self.socket(client);
        let now = self.now;
        if let Some(open) = self.node(&user).sockets.get_mut(&socket) {
            open.last_frame = now;
        }
        self.input(&user, |hub, turn| hub.command(turn, socket, None, command))
    }

    pub fn subscribe(&mut self, client: ClientId, targets: &[&str]) {
        let targets = targets.iter().map(ToString::to_string).collect();
        self.say(client, Command::Subscribe(targets)).unwrap();
    }

    /// The client stops beating; its socket stays open.
    pub fn go_silent(&mut self, client: ClientId) {
        let (user, socket) = self.socket(client);
        let now = self.now;
        let open = self.node(&user).sockets.get_mut(&socket).unwrap();
        open.beats = open.beats.map(|(from, _)| (from, Some(now)));
    }

    /// The network is gone and neither end has noticed: nothing arrives any more, and what the hub
    /// sends succeeds. The client will open another socket.
    pub fn half_open(&mut self, client: ClientId) -> SocketKey {
        self.go_silent(client);
        let (user, key) = self.socket(client);
        self.node(&user).sockets.get_mut(&key).unwrap().deaf = true;
        self.client(client).socket = None;
        key
    }

    /// A socket is accepted whose first frame has not come.
    pub fn open_without_a_frame(&mut self, id: &str) -> ClientId {
        let client = self.connect(id);
        let (user, key) = self.socket(client);
        let session = self.client(client).session.clone();
        self.rest(id, HubRequest::Revoke { session }).unwrap();
        let (opened_at, last_frame, deaf) = (self.now, self.now, false);
        let (session, beats, token_expires_at) = (None, None, None);
        let open = Socket { client, session, opened_at, last_frame, beats, token_expires_at, deaf };
        self.node(&user).sockets.insert(key, open);
        self.client(client).socket = Some(key);
        self.client(client).closed = None;
        self.rest(id, HubRequest::Sweep).unwrap();
        client
    }

    /// The socket closes, and the hub hears of it.
    pub fn close(&mut self, client: ClientId) {
        let (user, socket) = self.vanish(client);
        self.close_event(&user, &socket);
    }

    /// The close event of a socket that is gone arrives.
    pub fn close_event(&mut self, user: &UserId, socket: &(SocketKey, Socket)) {
        let (now, key) = (self.now, socket.0);
        self.node(user).sockets.insert(key, socket.1.clone());
        let attached = self.node(user).attached(now).into_iter().find(|s| s.key == key).unwrap();
        let _ = self.input(user, |hub, turn| hub.closed(turn, &attached, EndReason::Closed));
        self.node(user).sockets.remove(&key);
    }

    /// The socket is gone and no close event comes. Beat times die with it.
    pub fn vanish(&mut self, client: ClientId) -> (UserId, (SocketKey, Socket)) {
        let (user, key) = self.socket(client);
        self.client(client).socket = None;
        let mut socket = self.node(&user).sockets.remove(&key).unwrap();
        let now = self.now;
        socket.beats = socket.beats.map(|(from, to)| (from, to.or(Some(now))));
        (user, (key, socket))
    }

    pub(super) fn receive(&mut self, user: &UserId, socket: SocketKey, message: ServerMessage) {
        let now = self.now;
        let open = self.node(user).sockets.get(&socket).filter(|socket| !socket.deaf);
        let Some(client) = open.map(|socket| socket.client) else { return };
        let client = self.client(client);
        let several = match &message {
            ServerMessage::Presence(presence) => vec![presence.clone()],
            ServerMessage::Presences(several) => several.clone(),
            _ => Vec::new(),
        };
        for presence in several {
            let known = client.view.get(&presence.user_id).map_or(-1, |known| known.version);
            if presence.version > known {
                client.view.insert(presence.user_id.clone(), presence);
            }
        }
        client.inbox.push((now, message));
    }

    pub(super) fn closed_by_server(&mut self, user: &UserId, socket: SocketKey, code: CloseCode) {
        if let Some(open) = self.node(user).sockets.remove(&socket) {
            let client = self.client(open.client);
            if open.deaf {
                return;
            }
            client.closed = Some(code);
            if client.socket == Some(socket) {
                client.socket = None;
            }
        }
    }
}

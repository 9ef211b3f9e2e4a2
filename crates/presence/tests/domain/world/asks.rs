//! What tests say and ask often, in one line each.

use presence::calls::{HubRequest, HubResponse, SetStatus, Viewer};
use presence::config::HubConfig;
use presence::effects::{Command, Reply, ServerMessage};
use presence::errors::Refusal;
use presence::events::EventKind;
use presence::ids::{SessionId, SocketKey};
use presence::state::{Presence, Scope, Status};

use super::{ClientId, Wire, WireKind, World, user};

/// A status of the user, without a message.
pub fn status(status: Status) -> SetStatus {
    SetStatus { status, message: None, scope: Scope::User, session_id: None }
}

impl World {
    /// The client sets the user's status.
    pub fn set(&mut self, client: ClientId, wanted: Status) {
        self.say(client, Command::SetStatus(status(wanted))).unwrap();
    }

    /// The same, which may be refused.
    pub fn set_status_of(&mut self, client: ClientId, wanted: Status) -> Result<(), Refusal> {
        self.say(client, Command::SetStatus(status(wanted)))
    }

    /// The rows that one change of status costs with these settings, with all that follows it.
    pub fn rows_of_a_change(config: HubConfig) -> u64 {
        let mut world = Self::with(config);
        let ada = world.connect("ada");
        world.run_for(30_000);
        let _ = world.rows_written("ada");
        world.set(ada, Status::Busy);
        world.run_for(10_000);
        world.rows_written("ada")
    }

    /// The client sets its own session's status.
    pub fn set_device(&mut self, client: ClientId, wanted: Status) -> Result<(), Refusal> {
        let set = SetStatus { scope: Scope::Device, ..status(wanted) };
        self.say(client, Command::SetStatus(set))
    }

    /// How `id` looks to another user, or to nobody in particular (`""`).
    pub fn look(&mut self, id: &str, viewer: &str) -> Presence {
        let viewer = if viewer.is_empty() { Viewer::Service } else { Viewer::User(user(viewer)) };
        match self.rest(id, HubRequest::Presence { viewer }) {
            Ok(HubResponse::Presence(presence)) => presence,
            other => panic!("{other:?}"),
        }
    }

    /// The client sends a message.
    pub fn send_text(
        &mut self,
        client: ClientId,
        to: &[&str],
        client_message_id: Option<&str>,
        text: &str,
    ) -> Result<(), Refusal> {
        let to = to.iter().map(|id| user(id)).collect();
        let client_message_id = client_message_id.map(str::to_owned);
        let content = serde_json::json!(text);
        self.say(client, Command::SendMessage { to, client_message_id, content })
    }

    /// Each acknowledgement of a message so far: (message id, [(recipient, sockets)]).
    pub fn sent_replies(&mut self, client: ClientId) -> Vec<(String, Vec<(String, i64)>)> {
        let of = |reply: Reply| match reply {
            Reply::Sent { message_id, delivered_to, .. } => Some((
                message_id.0,
                delivered_to.iter().map(|d| (d.user_id.as_str().to_owned(), d.sessions)).collect(),
            )),
            _ => None,
        };
        self.client(client).replies().into_iter().filter_map(of).collect()
    }

    /// The last presence message of a client's inbox that is a list, with who is in it.
    pub fn lists(&mut self, client: ClientId) -> Vec<Vec<String>> {
        let of = |message: &ServerMessage| match message {
            ServerMessage::Presences(several) => {
                Some(several.iter().map(|p| p.user_id.as_str().to_owned()).collect())
            }
            _ => None,
        };
        self.client(client).inbox.iter().filter_map(|(_, message)| of(message)).collect()
    }

    /// The kinds of all events of `id` since the last look.
    pub fn take_events(&mut self, id: &str) -> Vec<EventKind> {
        let id = user(id);
        let (mine, others) =
            std::mem::take(&mut self.events).into_iter().partition(|e| e.user == id);
        self.events = others;
        let mine: Vec<presence::events::Event> = mine;
        mine.into_iter().map(|event| event.kind).collect()
    }

    /// How many calls of that kind left `from` so far.
    pub fn calls(&self, from: &str, kind: WireKind) -> usize {
        let from = user(from);
        let is = |wire: &&Wire| wire.from == from && wire.kind == kind;
        self.sent.iter().filter(is).count()
    }

    /// A number that a query of `id`'s tables answers.
    pub fn number(&mut self, id: &str, sql: &str) -> i64 {
        self.node(&user(id)).rows(sql)[0][0].integer().unwrap()
    }

    pub fn session_of(&mut self, client: ClientId) -> SessionId {
        self.client(client).session.clone()
    }

    pub fn socket_of(&mut self, client: ClientId) -> SocketKey {
        self.client(client).socket.unwrap()
    }
}

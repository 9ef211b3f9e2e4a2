//! Plays what somebody does.

use presence::calls::{HubRequest, HubResponse, Page, SetStatus, Viewer};
use presence::effects::Command;
use presence::ids::{ResumeToken, UserId};
use presence::outbox::{Publishing, Replay};
use presence::state::{Device as DeviceInfo, Scope, Status};

use super::device::{Device, Link};
use super::{Input, World};
use crate::script::{Loss, Op, Target};

/// The name of the person with this number.
pub fn person(number: usize) -> UserId {
    name(&format!("u{number:03}"))
}

fn name(text: &str) -> UserId {
    #[allow(clippy::expect_used, reason = "made here, of letters and digits")]
    UserId::parse(text).expect("a user id")
}

fn text(target: Target) -> String {
    match target {
        Target::Person(number) => format!("u{number:03}"),
        Target::Nobody(number) => format!("nobody-{number}"),
        Target::Invalid => "no id at all".into(),
    }
}

fn ids(targets: &[Target]) -> Vec<String> {
    targets.iter().map(|target| text(*target)).collect()
}

impl World {
    /// One step of a person. What is not possible now does not happen.
    pub fn act(&mut self, who: usize, op: &Op) {
        let happened = match op {
            Op::Connect { kind, stomp, manners, token_life } => {
                let device = self.add_device(Device::new(who, *kind, *stomp, *manners));
                self.open(device, None, *token_life);
                true
            }
            Op::Lose(pick, loss, back) => self.with_up(who, *pick, |world, device| {
                world.lose(device, *loss, *back);
            }),
            Op::Resume(pick) => self.with_link(who, *pick, is_down, Self::resume),
            Op::StaleResume(pick) => self.with_link(who, *pick, is_off, Self::resume_with_another),
            Op::Reload(pick) => self.with_up(who, *pick, Self::reload),
            Op::GoSilent(pick) => self.with_up(who, *pick, Self::go_silent),
            Op::Revoke(pick) => self.revoke(who, *pick),
            Op::Read(viewer) => self.read(who, *viewer),
            Op::Lists => self.lists(who),
            _ => self.command(who, op),
        };
        if happened {
            self.coverage.operation(who, op);
            self.trace.line(self.now, || format!("ACT {} {op:?}", person(who)));
        }
    }

    fn devices_of(&self, who: usize, may: impl Fn(&Device) -> bool) -> Vec<usize> {
        let owned = self.owned.get(&who).into_iter().flatten();
        owned.copied().filter(|device| may(&self.devices[*device])).collect()
    }

    fn with_link(
        &mut self,
        who: usize,
        pick: u64,
        may: impl Fn(&Device) -> bool,
        act: impl FnOnce(&mut Self, usize),
    ) -> bool {
        let some = self.devices_of(who, may);
        let Some(at) = (pick as usize).checked_rem(some.len()) else { return false };
        act(self, some[at]);
        true
    }

    fn with_up(&mut self, who: usize, pick: u64, act: impl FnOnce(&mut Self, usize)) -> bool {
        self.with_link(who, pick, |device| device.hears, act)
    }

    /// With somebody else's token, with its own of a session that may have ended, or with none that
    /// ever was: counted by what it was.
    fn resume_with_another(&mut self, device: usize) {
        let Device { owner, token: own, .. } = self.devices[device].clone();
        let others = self.devices.iter().filter(|other| other.owner != owner);
        let stolen = others.filter_map(|other| other.token.clone()).next_back();
        let pick = self.random("another token", &self.name_of(device)).below(5);
        let steals = pick < 2;
        let token = if steals { stolen } else { own.filter(|_| pick < 4) };
        let is_some = token.is_some();
        let token = token.unwrap_or_else(|| ResumeToken::received("no such token"));
        let resumed = self.open(device, Some(token), None);
        self.coverage.happened(match (is_some, steals, resumed) {
            (false, ..) => "made-up resume",
            (true, true, _) => "stolen resume",
            (true, false, Some(false)) => "stale resume",
            // Its session lived still, or nobody can say.
            (true, false, _) => "resume",
        });
    }

    fn reload(&mut self, device: usize) {
        self.lose(device, Loss::Closed(0), None);
        self.devices[device].forget();
        if self.devices[device].link == Link::Down {
            self.open(device, None, None);
        }
    }

    fn go_silent(&mut self, device: usize) {
        let (hub, key) = (self.devices[device].owner, self.devices[device].socket());
        let now = self.now;
        if let Some(socket) = key.and_then(|key| self.nodes[hub].sockets.get_mut(&key)) {
            socket.beats.until.get_or_insert(now);
        }
    }

    /// A device sends a command.
    pub fn say(&mut self, device: usize, command: Command, answered: bool) {
        self.is_refused(device, command, answered);
    }

    /// The same; true if it was refused, and not if it got lost.
    fn is_refused(&mut self, device: usize, command: Command, answered: bool) -> bool {
        let hub = self.devices[device].owner;
        let Some(key) = self.devices[device].socket() else { return false };
        let clock = self.clock(hub);
        let Some(socket) = self.nodes[hub].sockets.get_mut(&key) else { return false };
        socket.last_frame = clock;
        let mark = self.devices[device].next_mark();
        if answered {
            self.devices[device].unanswered.insert(mark.clone());
        }
        self.tally.frame();
        let input = Input::Command(key, command.clone());
        let step = self.turn(hub, &input, |hub, turn| hub.command(turn, key, Some(mark), command));
        self.carry_out(hub, step.effects);
        step.result.is_err()
    }

    fn command(&mut self, who: usize, op: &Op) -> bool {
        let user = |number: &usize| person(*number);
        match op {
            Op::Beat(pick, kind) => {
                let device =
                    kind.map(|kind| DeviceInfo { kind: Some(kind), ..DeviceInfo::default() });
                self.with_up(who, *pick, |w, d| w.say(d, Command::Heartbeat(device), true))
            }
            Op::Leave(pick) => self.with_up(who, *pick, |w, d| w.say(d, Command::Leave, false)),
            Op::Subscribe(pick, targets) => {
                let (targets, rest) = (ids(targets), ids(targets));
                let request = HubRequest::Subscribe { targets: rest };
                self.say_or_ask(who, *pick, Command::Subscribe(targets), request)
            }
            Op::Unsubscribe(pick, targets) => {
                let (targets, rest) = (ids(targets), ids(targets));
                let request = HubRequest::Unsubscribe { targets: rest };
                self.say_or_ask(who, *pick, Command::Unsubscribe(targets), request)
            }
            Op::Status(pick, status, message) => {
                let message = message.then(|| format!("{status:?} for now"));
                let set =
                    SetStatus { status: *status, message, scope: Scope::User, session_id: None };
                let request = HubRequest::SetStatus(set.clone());
                self.say_or_ask(who, *pick, Command::SetStatus(set), request)
            }
            Op::DeviceStatus(pick, status) => self.device_status(who, *pick, *status),
            Op::Topic(pick, target, on) => self.topic(who, *pick, *target, *on),
            Op::Queue(pick, on) => {
                self.with_link(who, *pick, hears_stomp, |world, device| world.queue(device, *on))
            }
            Op::Message(pick, to, name) => {
                let to: Vec<UserId> = to.iter().map(user).collect();
                let client_message_id = name.map(|name| format!("m{name}"));
                let content = serde_json::json!({ "at": self.now });
                let command = Command::SendMessage { to, client_message_id, content };
                self.with_up(who, *pick, |w, d| w.say(d, command, true))
            }
            Op::Typing(pick, to, typing) => {
                let command = Command::Typing { to: vec![person(*to)], typing: *typing };
                self.with_up(who, *pick, |w, d| w.say(d, command, true))
            }
            Op::Ask(pick, targets) => {
                let command = Command::Ask(ids(targets));
                self.with_up(who, *pick, |w, d| w.say(d, command, true))
            }
            _ => false,
        }
    }

    fn say_or_ask(
        &mut self,
        who: usize,
        pick: Option<u64>,
        command: Command,
        request: HubRequest,
    ) -> bool {
        match pick {
            Some(pick) => self.with_up(who, pick, |w, d| w.say(d, command, true)),
            None => self.rest(who, request).is_some(),
        }
    }

    fn device_status(&mut self, who: usize, pick: u64, status: Status) -> bool {
        let set = SetStatus { status, message: None, scope: Scope::Device, session_id: None };
        self.with_up(who, pick, |w, d| w.say(d, Command::SetStatus(set), true))
    }

    /// STOMP: the device's socket subscribes to the queue of all presence, or unsubscribes.
    pub fn queue(&mut self, device: usize, on: bool) {
        let was = std::mem::replace(&mut self.devices[device].queue, on);
        if on {
            // A SUBSCRIBE that was refused is none.
            if self.is_refused(device, Command::PresenceReady, false) {
                self.devices[device].queue = was;
            }
        } else if was {
            self.say(device, Command::PresenceDone, false);
        }
    }

    /// STOMP: the device's socket subscribes to the topic of one user.
    fn subscribe_to_topic(&mut self, device: usize, target: &UserId) {
        self.devices[device].topics.insert(target.clone());
        if self.is_refused(device, Command::TopicSubscribe(target.clone()), false) {
            self.devices[device].topics.remove(target);
        }
    }

    /// STOMP: an application subscribes on its new socket to what it was subscribed to.
    pub(super) fn subscribe_again(&mut self, device: usize) {
        if std::mem::take(&mut self.devices[device].queue) {
            self.queue(device, true);
        }
        for topic in std::mem::take(&mut self.devices[device].topics) {
            self.subscribe_to_topic(device, &topic);
        }
    }

    fn topic(&mut self, who: usize, pick: u64, target: Target, on: bool) -> bool {
        let Ok(target) = UserId::parse(&text(target)) else { return false };
        self.with_link(who, pick, hears_stomp, |world, device| {
            if on {
                world.subscribe_to_topic(device, &target);
            } else {
                world.devices[device].topics.remove(&target);
                world.say(device, Command::TopicUnsubscribe(target), false);
            }
        })
    }

    fn revoke(&mut self, who: usize, pick: u64) -> bool {
        let sessions = self.devices_of(who, |device| device.session.is_some());
        let Some(at) = (pick as usize).checked_rem(sessions.len()) else { return false };
        let Some(session) = self.devices[sessions[at]].session.clone() else { return false };
        self.rest(who, HubRequest::Revoke { session }).is_some()
    }

    fn read(&mut self, who: usize, viewer: Option<usize>) -> bool {
        let by = viewer.map(person);
        let viewer = by.clone().map_or(Viewer::Service, Viewer::User);
        let answer = self.rest(who, HubRequest::Presence { viewer });
        if let Some(Ok(HubResponse::Presence(presence))) = &answer {
            self.show(by.as_ref(), presence);
        }
        answer.is_some()
    }

    /// An admin has dead letters published once more: all, or the oldest.
    pub fn replay_dead_letters(&mut self, who: usize, all: bool) {
        let letters = self.rest(who, HubRequest::DeadLetters);
        let Some(Ok(HubResponse::DeadLetters { letters })) = letters else { return };
        let oldest = letters.first().filter(|_| !all).map(|letter| letter.id.clone());
        let replay = Replay { ids: oldest.into_iter().collect(), ..Replay::default() };
        if !letters.is_empty() {
            self.rest(who, HubRequest::Replay(replay));
        }
    }

    /// What each hub that has said anything says of its outbox.
    pub fn ask_outboxes(&mut self) {
        for hub in 0..self.nodes.len() {
            if self.config.publishing == Publishing::Off || self.failure.is_some() {
                return;
            }
            if let Some(Ok(HubResponse::Outbox(state))) = self.rest(hub, HubRequest::Outbox) {
                let user = self.nodes[hub].user.clone();
                self.judge_rest(|judge, world| judge.outbox(world, &user, &state));
            }
        }
    }

    fn lists(&mut self, who: usize) -> bool {
        // One in three reads only the first few, or what follows somebody.
        let few = self.last.is_multiple_of(3);
        let after = (few && self.last.is_multiple_of(2)).then(|| person(1));
        let page = || Page { limit: if few { 2 } else { 1000 }, after: after.clone() };
        [
            HubRequest::Sessions,
            HubRequest::Subscriptions { page: page() },
            HubRequest::Subscribers { page: page() },
            HubRequest::SubscribedTo { target: person(who / 2) },
            HubRequest::Sweep,
        ]
        .into_iter()
        .all(|request| self.rest(who, request).is_some())
    }
}

fn hears_stomp(device: &Device) -> bool {
    device.hears && device.stomp
}

fn is_down(device: &Device) -> bool {
    device.link == Link::Down
}

fn is_off(device: &Device) -> bool {
    !matches!(device.link, Link::Up(_))
}

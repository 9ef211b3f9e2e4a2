//! Calls and answers on their way, and what a test lets happen to them.

use presence::calls::{HubAnswer, HubRequest, HubResponse};
use presence::effects::{CallId, NoAnswer};
use presence::errors::{ErrorCode, Refusal};
use presence::ids::UserId;
use presence::mirror::{Flush, Flushed};
use presence::outbox::Published;
use presence::time::Millis;

use super::{LATENCY, World};

/// What becomes of a call or an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Deliver,
    /// The caller learns after the call's time-out that there is no answer.
    Lose,
    /// Arrives that much later.
    Delay(i64),
    /// Arrives, and a second time that much later; the second answer goes nowhere.
    Double(i64),
    /// Waits for `release`.
    Hold,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WireKind {
    Watch,
    Unwatch,
    Notify,
    Deliver,
    Presence,
    Other,
    Answer,
}

/// A call or an answer as a policy sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wire {
    pub at: Millis,
    pub from: UserId,
    pub to: UserId,
    pub kind: WireKind,
    /// What an answer answers.
    pub answers: Option<WireKind>,
}

pub type Policy = Box<dyn FnMut(&Wire) -> Fate>;

pub enum Body {
    Call { request: HubRequest, not_after: Millis },
    Answer(Result<HubAnswer, NoAnswer>),
    Flush(Box<Flush>),
    Flushed(CallId, Flushed),
    Published(CallId, Published),
}

pub struct Letter {
    pub at: Millis,
    /// Who asked, and under which number; `None` for a double.
    pub asker: UserId,
    pub id: Option<CallId>,
    pub to: UserId,
    pub wire: Wire,
    pub body: Body,
}

impl Letter {
    pub fn asked_by(&self, user: &UserId) -> bool {
        self.asker == *user
    }
}

fn kind_of(request: &HubRequest) -> WireKind {
    match request {
        HubRequest::Watch { .. } => WireKind::Watch,
        HubRequest::Unwatch { .. } => WireKind::Unwatch,
        HubRequest::Notify { .. } => WireKind::Notify,
        HubRequest::Deliver { .. } => WireKind::Deliver,
        HubRequest::Presence { .. } => WireKind::Presence,
        _ => WireKind::Other,
    }
}

impl World {
    pub(super) fn post(
        &mut self,
        from: &UserId,
        id: CallId,
        to: UserId,
        not_after: Millis,
        request: HubRequest,
    ) {
        let kind = kind_of(&request);
        let wire = Wire { at: self.now, from: from.clone(), to: to.clone(), kind, answers: None };
        self.sent.push(wire.clone());
        let (calls, most) = self.invocations.entry(from.clone()).or_default();
        *calls += 1;
        *most = (*most).max(*calls);
        let body = Body::Call { request, not_after };
        self.send(Letter {
            at: self.now + LATENCY,
            asker: from.clone(),
            id: Some(id),
            to,
            wire,
            body,
        });
    }

    fn send(&mut self, mut letter: Letter) {
        match (self.policy)(&letter.wire) {
            Fate::Deliver => {}
            Fate::Delay(ms) => letter.at = letter.at + ms,
            Fate::Double(ms) => self.double(&letter, ms),
            Fate::Hold => return self.held.push(letter),
            Fate::Lose => {
                let Some(id) = letter.id else { return };
                letter = no_answer(letter.asker, id, self.now + 10_000);
            }
        }
        self.letters.push_back(letter);
    }

    fn double(&mut self, letter: &Letter, ms: i64) {
        if let Body::Call { request, not_after } = &letter.body {
            let body = Body::Call { request: request.clone(), not_after: *not_after };
            let (asker, to, wire) = (letter.asker.clone(), letter.to.clone(), letter.wire.clone());
            self.letters.push_back(Letter { at: letter.at + ms, asker, id: None, to, wire, body });
        }
    }

    /// Lets go of what was held and matches, in the order it was sent; answers how many.
    pub fn release(&mut self, matches: impl Fn(&Wire) -> bool) -> usize {
        let (free, held) =
            std::mem::take(&mut self.held).into_iter().partition(|l| matches(&l.wire));
        self.held = held;
        let free: Vec<Letter> = free;
        let count = free.len();
        for letter in free {
            self.letters.push_back(Letter { at: self.now, ..letter });
        }
        count
    }

    pub fn held(&self, kind: WireKind) -> usize {
        self.held.iter().filter(|letter| letter.wire.kind == kind).count()
    }

    pub(super) fn arrive(&mut self, letter: Letter) {
        let Letter { asker, id, to, wire, body, .. } = letter;
        match body {
            Body::Flush(flush) => self.arrive_at_redis(*flush),
            Body::Flushed(id, flushed) => {
                self.goes_on = true;
                let _ = self.input(&to, |hub, turn| hub.mirrored(turn, id, flushed));
            }
            Body::Published(id, published) => {
                self.kafka.out.remove(&to);
                self.goes_on = true;
                let _ = self.input(&to, |hub, turn| hub.published(turn, id, published));
            }
            Body::Answer(answer) => {
                if let Some(id) = id {
                    self.goes_on = true;
                    let _ = self.input(&to, |hub, turn| hub.answer(turn, id, answer));
                }
            }
            Body::Call { request, not_after } => {
                if !self.node(&to).reachable {
                    if let Some(id) = id {
                        self.letters.push_back(no_answer(asker, id, self.now + LATENCY));
                    }
                    return;
                }
                let answer = self.input(&to, |hub, turn| hub.call(turn, request, not_after));
                let answers = Some(wire.kind);
                let back = Wire {
                    at: self.now,
                    from: to,
                    to: asker.clone(),
                    kind: WireKind::Answer,
                    answers,
                };
                let at = self.now + LATENCY;
                self.send(Letter {
                    at,
                    asker: asker.clone(),
                    id,
                    to: asker,
                    wire: back,
                    body: Body::Answer(Ok(answer)),
                });
            }
        }
    }

    pub(super) fn register(&mut self, user: &UserId, id: CallId) {
        let answer = if self.directory_down {
            Err(NoAnswer)
        } else {
            self.registered.push(user.clone());
            Ok(Ok(HubResponse::Done))
        };
        let letter = no_answer(user.clone(), id, self.now + LATENCY);
        self.letters.push_back(Letter { body: Body::Answer(answer), ..letter });
    }

    /// A call as the Worker makes it for a REST request, answered at once.
    pub fn rest(&mut self, id: &str, request: HubRequest) -> HubAnswer {
        let not_after = self.now + 10_000;
        self.input(&super::user(id), |hub, turn| hub.call(turn, request, not_after))
    }

    /// The code of a REST refusal.
    pub fn rest_refused(&mut self, id: &str, request: HubRequest) -> Option<ErrorCode> {
        self.rest(id, request).err().map(|refusal: Refusal| refusal.code)
    }
}

fn no_answer(asker: UserId, id: CallId, at: Millis) -> Letter {
    let (kind, answers) = (WireKind::Answer, None);
    let wire = Wire { at, from: asker.clone(), to: asker.clone(), kind, answers };
    let to = asker.clone();
    Letter { at, asker, id: Some(id), to, wire, body: Body::Answer(Err(NoAnswer)) }
}

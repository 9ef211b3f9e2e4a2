use presence::ids::{SessionId, UserId};
use presence::mirror::{Flush, SessionState, Standing};
use redis_rest::Command;

use crate::keys;

/// Which keys are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keys {
    /// `MIRROR_DEPRECATED_KEYS`: `ws:connections:{userId}` too.
    pub deprecated: bool,
}

/// The commands of one flush, for one transaction; never none.
pub fn commands(flush: &Flush, kept: Keys) -> Vec<Command> {
    let mut list = Vec::new();
    for session in &flush.sessions {
        say_session(&mut list, flush, session);
    }
    if let Some(ids) = &flush.session_ids {
        let members: Vec<&str> = ids.iter().map(SessionId::as_str).collect();
        rewrite(&mut list, &keys::user_sessions(&flush.user), &members, flush.ttl.session);
        if kept.deprecated {
            say_count(&mut list, flush, members.len());
        }
    }
    if let Some(standing) = flush.standing {
        say_standing(&mut list, &flush.user, standing);
    }
    let (ttl, user) = (flush.ttl, &flush.user);
    for (key, users, ttl) in [
        (keys::subscription(user), &flush.subscription, ttl.subscription),
        (keys::subscribers(user), &flush.subscribers, ttl.audience),
        (keys::watchers(user), &flush.watchers, ttl.audience),
    ] {
        if let Some(users) = users {
            let members: Vec<&str> = users.iter().map(UserId::as_str).collect();
            rewrite(&mut list, &key, &members, ttl);
        }
    }
    list
}

fn say_session(list: &mut Vec<Command>, flush: &Flush, state: &SessionState) {
    let ttl = flush.ttl.session;
    let key = keys::session(&state.id);
    let text = state.session.as_ref().and_then(|session| serde_json::to_string(session).ok());
    if !state.kept {
        list.push(text.map_or_else(|| delete(&key), |text| set(&key, &text, ttl)));
    }
    let key = keys::shown(&flush.user, &state.id);
    list.push(state.shown.map_or_else(|| delete(&key), |kind| set(&key, kind.as_str(), ttl)));
}

fn say_count(list: &mut Vec<Command>, flush: &Flush, count: usize) {
    let key = keys::connections(&flush.user);
    list.push(if count == 0 {
        delete(&key)
    } else {
        set(&key, &count.to_string(), flush.ttl.session)
    });
}

fn say_standing(list: &mut Vec<Command>, user: &UserId, standing: Standing) {
    let name = if standing.online { "SADD" } else { "SREM" };
    list.push(Command::new(name).arg(keys::ONLINE).arg(user.as_str()));
    let key = keys::last_active(user);
    list.push(match standing.last_active {
        Some(at) => Command::new("SET").arg(key).arg(at.0.to_string()),
        None => delete(&key),
    });
}

/// A set as a whole: what it held before does not matter.
fn rewrite(list: &mut Vec<Command>, key: &str, members: &[&str], ttl: i64) {
    list.push(delete(key));
    if members.is_empty() {
        return;
    }
    let add = Command::new("SADD").arg(key);
    list.push(members.iter().fold(add, Command::arg));
    list.push(Command::new("EXPIRE").arg(key).arg(ttl.to_string()));
}

fn set(key: &str, value: &str, ttl: i64) -> Command {
    Command::new("SET").arg(key).arg(value).arg("EX").arg(ttl.to_string())
}

fn delete(key: &str) -> Command {
    Command::new("DEL").arg(key)
}

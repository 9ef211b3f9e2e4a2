//! What Redis says of one user now: for the demo page, in development only.

use durable_objects::redis::Redis;
use edge::problem::Problem;
use mirror::keys;
use presence::ids::{SessionId, UserId};
use redis_rest::commands::{Ttl, get, sismember, smembers, ttl};
use redis_rest::{Ask as _, Command, Error, Outcome};
use serde::Serialize;
use serde_json::{Value, json};

use crate::context::{Call, Cx};
use crate::platform::now;
use crate::redis_client::{PATIENCE, redis};
use crate::reply::{Answer, Reply, unavailable};

/// How the value of a key is read.
enum Holds {
    /// A string.
    Text,
    /// A set that speaks of the user.
    Members,
    /// A set of all users: only whether this one is in it.
    Whether(UserId),
}

/// A key that may be there.
struct Key {
    name: String,
    holds: Holds,
}

/// A key that is there.
#[derive(Serialize)]
struct Entry {
    key: String,
    r#type: Value,
    /// Seconds; `null`: it stays.
    ttl: Option<u64>,
    /// `null`: it holds something else than it should.
    value: Value,
}

/// `GET /dev/redis/{userId}`: the nine key patterns (contract §4), as far as they are there.
pub(super) async fn says(cx: &Cx, call: &Call) -> Answer {
    let user = call.own_user("userId")?;
    let redis = redis(cx).ok_or_else(Problem::not_found)?;
    let embedded = cx.settings()?.redis.as_ref().is_some_and(|redis| redis.url.is_none());
    let as_of = now();
    let mut entries = read(&redis, of_user(&user)).await?;
    let sessions = keys::user_sessions(&user);
    let ids = entries.iter().find(|entry| entry.key == sessions).map(session_ids);
    entries.extend(read(&redis, of_sessions(&user, &ids.unwrap_or_default())).await?);
    entries.sort_by(|one, other| one.key.cmp(&other.key));
    let source = if embedded { "embedded" } else { "rest" };
    Reply::json(&json!({ "userId": user, "source": source, "asOf": as_of, "keys": entries }))
}

/// The keys that there is one of for each user.
fn of_user(user: &UserId) -> Vec<Key> {
    let text = |name| Key { name, holds: Holds::Text };
    let members = |name| Key { name, holds: Holds::Members };
    vec![
        Key { name: keys::ONLINE.to_owned(), holds: Holds::Whether(user.clone()) },
        text(keys::last_active(user)),
        text(keys::connections(user)),
        members(keys::user_sessions(user)),
        members(keys::watchers(user)),
        members(keys::subscription(user)),
        members(keys::subscribers(user)),
    ]
}

/// The keys that there are for each session.
fn of_sessions(user: &UserId, ids: &[SessionId]) -> Vec<Key> {
    let both = |id| [keys::session(id), keys::shown(user, id)];
    ids.iter().flat_map(both).map(|name| Key { name, holds: Holds::Text }).collect()
}

fn session_ids(entry: &Entry) -> Vec<SessionId> {
    let members = entry.value.as_array().map(Vec::as_slice).unwrap_or_default();
    members.iter().filter_map(|id| SessionId::parse(id.as_str()?)).collect()
}

/// Those of the keys that are there, with one request.
async fn read(redis: &Redis, keys: Vec<Key>) -> Result<Vec<Entry>, Problem> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let commands: Vec<Command> = keys.iter().flat_map(Key::commands).collect();
    let outcomes = redis.pipeline(&commands, PATIENCE).await.map_err(|_| away())?;
    let mut outcomes = outcomes.into_iter();
    let mut entries = Vec::new();
    for key in keys {
        let said = [outcomes.next(), outcomes.next(), outcomes.next()];
        entries.extend(key.entry(said).map_err(|_| away())?);
    }
    Ok(entries)
}

fn away() -> Problem {
    unavailable("Redis does not answer")
}

impl Key {
    /// Three a key, as [`entry`](Self::entry) reads them.
    fn commands(&self) -> [Command; 3] {
        let name = &self.name;
        let value = match &self.holds {
            Holds::Text => get(name).command(),
            Holds::Members => smembers(name).command(),
            Holds::Whether(user) => sismember(name, user.as_str()).command(),
        };
        [Command::new("TYPE").arg(name), ttl(name).command(), value]
    }

    /// Nothing, where the key is not there. It may go between two of the commands.
    fn entry(self, said: [Option<Outcome>; 3]) -> Result<Option<Entry>, Error> {
        let [Some(r#type), Some(left), Some(value)] = said else { return Ok(None) };
        // As Redis names it: also where it is none of the types that are kept here.
        let r#type = r#type.map_err(Error::Command)?;
        let ttl = match ttl(&self.name).read(left)? {
            Ttl::Missing => return Ok(None),
            Ttl::Forever => None,
            Ttl::Seconds(seconds) => Some(seconds),
        };
        let Some(value) = self.value(value)? else { return Ok(None) };
        let r#type = words(r#type.as_bytes().unwrap_or_default());
        Ok(Some(Entry { key: self.name, r#type, ttl, value }))
    }

    fn value(&self, outcome: Outcome) -> Result<Option<Value>, Error> {
        let value = match &self.holds {
            Holds::Text => get(&self.name).read(outcome).map(|text| text.map(|text| words(&text))),
            Holds::Members => smembers(&self.name).read(outcome).map(|members| {
                let mut members: Vec<_> = members.iter().map(|member| words(member)).collect();
                members.sort_by(|one, other| one.as_str().cmp(&other.as_str()));
                (!members.is_empty()).then(|| members.into())
            }),
            Holds::Whether(user) => sismember(&self.name, user.as_str())
                .read(outcome)
                .map(|listed| listed.then_some(Value::Bool(true))),
        };
        match value {
            Err(Error::Command(error)) if error.code() == "WRONGTYPE" => Ok(Some(Value::Null)),
            value => value,
        }
    }
}

fn words(bytes: &[u8]) -> Value {
    String::from_utf8_lossy(bytes).into_owned().into()
}

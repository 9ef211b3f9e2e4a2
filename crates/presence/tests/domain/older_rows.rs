//! Rows as any older version of this code left them: brought up to date, they say what they said, and the hub
//! goes on with them.

use presence::calls::HubRequest;
use presence::config::HubConfig;
use presence::ids::SessionId;
use presence::mirror::Refresh;
use presence::outbox::{Publishing, Topic};
use presence::schema::{MIGRATIONS, migrate_to, version};
use presence::state::Status;
use presence::store::{Store, Value};
use proptest::prelude::*;

use crate::world::{World, user};

/// What an older version left behind.
#[derive(Clone, Debug)]
struct Left {
    /// By which version of the schema.
    version: usize,
    declared: Option<Status>,
    message: Option<String>,
    /// How long ago each session's socket was heard of last, and whether it has closed since.
    sessions: Vec<(i64, bool)>,
    watching: usize,
    audience: usize,
    asleep: u8,
    /// How often each count had grown.
    grown: i64,
    publishing: Publishing,
    refresh: Refresh,
}

fn left() -> impl Strategy<Value = Left> {
    let declared = vec![None, Some(Status::Away), Some(Status::Busy), Some(Status::Invisible)];
    let publishing = vec![Publishing::Off, Publishing::Full, Publishing::Metadata];
    let refresh = vec![Refresh::Off, Refresh::Exact, Refresh::Transitions];
    let said = (prop::sample::select(declared), prop::option::of("[a-zé ]{1,20}"));
    let people = (0..4_usize, 0..4_usize, 0..16_u8);
    let settings = (prop::sample::select(publishing), prop::sample::select(refresh));
    let sessions = proptest::collection::vec((0..9_000_i64, any::<bool>()), 0..3);
    (1..MIGRATIONS.len(), said, sessions, people, 1..50_i64, settings).prop_map(
        |(version, (declared, message), sessions, people, grown, (publishing, refresh))| Left {
            version,
            declared,
            message,
            sessions,
            watching: people.0,
            audience: people.1,
            asleep: people.2,
            grown,
            publishing,
            refresh,
        },
    )
}

const META: &str = "INSERT INTO meta (id, revision, version, declared, message, changed_at, ended_at, generation, \
    registered, newest, woken_at) VALUES (1, ?1, ?1, ?2, ?3, ?4, ?4, 99, 1, ?4, 0)";
const SESSION: &str = "INSERT INTO sessions (id, connection, protocol, device, connected_at, attached_at, heartbeat, \
    resume_hash, away, closed_at, seen_at, close_reason) VALUES (?1, 1, 'rollcall.v1.json', '{\"type\":\"web\"}', ?2, \
    ?2, 25000, x'00', 0, ?3, ?3, ?4)";
const WATCHING: &str = "INSERT INTO watching VALUES (?1, 7, 1, 7, ?2, ?2, 0, 0)";
const AUDIENCE: &str =
    "INSERT INTO audience (subscriber, slot, generation, since) VALUES (?1, ?2, 7, ?3)";
const FOLLOWER: &str =
    "INSERT INTO follower (id, told, slots, asleep, owed, told_at) VALUES (1, ?1, ?2, ?3, x'', 0)";

impl Left {
    fn world(&self) -> World {
        let (publishing, refresh) = (self.publishing, self.refresh);
        let mut world = World::with(HubConfig { publishing, refresh, ..HubConfig::default() });
        let at = world.now - 10_000;
        let store = world.node(&user("ada")).store();
        let put = |sql: &str, values: &[Value]| store.execute(sql, values).unwrap();
        migrate_to(store, 0, self.version).unwrap();
        let text = |text: Option<&str>| text.map_or(Value::Null, Value::from);
        let declared = text(self.declared.map(Status::as_str));
        put(META, &[self.grown.into(), declared, text(self.message.as_deref()), at.into()]);
        for (n, (ago, closed)) in self.sessions.iter().enumerate() {
            let id = SessionId::new(&user("ada"), [n as u8; 16]);
            let closed_at = if *closed { Value::from(at + 10_000 - *ago) } else { Value::Null };
            let reason = if *closed { "closed".into() } else { Value::Null };
            put(SESSION, &[id.as_str().into(), at.into(), closed_at, reason]);
        }
        (0..self.watching).for_each(|n| put(WATCHING, &[target(n).into(), at.into()]));
        for n in 0..self.audience {
            put(AUDIENCE, &[watcher(n).into(), (n as i64).into(), at.into()]);
        }
        let asleep = vec![self.asleep & ((1 << self.audience) - 1)];
        put(FOLLOWER, &[self.grown.into(), (self.audience as i64).into(), asleep.into()]);
        world
    }

    fn targets(&self) -> Vec<String> {
        (0..self.watching).map(target).collect()
    }

    fn watchers(&self) -> Vec<String> {
        (0..self.audience).map(watcher).collect()
    }
}

fn target(n: usize) -> String {
    format!("target-{n}")
}

fn watcher(n: usize) -> String {
    format!("watcher-{n}")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// A session whose socket has closed may be resumed for ten seconds, one that vanished lives a minute.
    #[test]
    fn rows_of_an_older_version_say_what_they_said(left in left()) {
        let mut world = left.world();
        let seen = world.look("ada", "bob");
        let hidden = left.declared == Some(Status::Invisible);
        prop_assert_eq!(seen.online, !hidden && !left.sessions.is_empty());
        prop_assert_eq!(seen.version, left.grown, "whoever has it knows of no newer one");
        let shown = seen.online.then(|| left.message.clone()).flatten();
        prop_assert_eq!(seen.message, shown);
        prop_assert_eq!(version(world.node(&user("ada")).store()).unwrap(), MIGRATIONS.len());
        prop_assert_eq!(world.sessions("ada").len(), left.sessions.len());
        prop_assert_eq!(world.watching("ada"), left.targets());
        prop_assert_eq!(world.audience("ada"), left.watchers());
    }

    #[test]
    fn a_hub_goes_on_with_rows_of_an_older_version(left in left()) {
        let mut world = left.world();
        let (ada, bob) = (world.connect("ada"), world.connect("bob"));
        world.subscribe(ada, &["bob"]);
        world.subscribe(bob, &["ada"]);
        world.send_text(ada, &["bob"], Some("m"), "hello").unwrap();
        world.set(ada, Status::Busy);
        world.run_for(5_000);
        prop_assert_eq!(world.client(bob).messages(), ["hello"]);
        prop_assert_eq!(world.client(bob).sees("ada"), Some(Status::Busy));
        world.run_for(70_000);
        prop_assert_eq!(world.sessions("ada").len(), 1, "the old ones are over");
        prop_assert!(world.audience("ada").contains(&"bob".to_owned()));
        prop_assert_eq!(world.watching("ada").len(), left.watching + 1);
        let published = world.kafka.taken("ada", Topic::Session).len();
        let ended = left.sessions.len();
        let expected = if left.publishing == Publishing::Off { 0 } else { 1 + ended };
        prop_assert_eq!(published, expected);
        prop_assert_eq!(world.number("ada", "SELECT count(*) FROM outbox"), 0);
        prop_assert!(world.rest("ada", HubRequest::Sessions).is_ok());
    }
}

//! Numbered migrations: an older hub upgrades on waking, and a hub that was never written to has none.

use presence::calls::{HubRequest, Page};
use presence::schema::{MIGRATIONS, migrate_to, version};
use presence::state::Status;
use presence::store::Store;

use crate::world::{World, user};

/// Makes the hub of `ada` as version 1 left it: BUSY, a session that vanished, watching bob.
fn first_version(world: &mut World) {
    let at = world.now.0 - 1_000;
    let session = presence::ids::SessionId::new(&user("ada"), [7; 16]);
    let store = world.node(&user("ada")).store();
    migrate_to(store, 0, 1).unwrap();
    let fill = |table: &str, values: &[(&str, String)]| {
        // Columns that a later version of the first migration added stand at zero.
        let known: Vec<(String, i64)> = store
            .query("SELECT name, \"notnull\" FROM pragma_table_info(?)", &[table.into()])
            .unwrap()
            .iter()
            .map(|row| (row[0].text().unwrap().to_owned(), row[1].integer().unwrap()))
            .collect();
        let given = |name: &str| values.iter().find(|(n, _)| *n == name).map(|(_, v)| v.clone());
        let value = |(name, not_null): &(String, i64)| {
            given(name).unwrap_or(if *not_null == 1 { "0".into() } else { "NULL".into() })
        };
        let names: Vec<&str> = known.iter().map(|(name, _)| name.as_str()).collect();
        let values: Vec<String> = known.iter().map(value).collect();
        let (names, values) = (names.join(", "), values.join(", "));
        store.execute(&format!("INSERT INTO {table} ({names}) VALUES ({values})"), &[]).unwrap();
    };
    let text = |text: &str| format!("'{text}'");
    fill(
        "meta",
        &[
            ("id", "1".into()),
            ("revision", "9".into()),
            ("version", "7".into()),
            ("declared", text("BUSY")),
            ("changed_at", at.to_string()),
            ("registered", "1".into()),
            ("newest", at.to_string()),
        ],
    );
    fill(
        "sessions",
        &[
            ("id", text(session.as_str())),
            ("connection", "1".into()),
            ("protocol", text("rollcall.v1.json")),
            ("device", text(r#"{"type":"web"}"#)),
            ("connected_at", at.to_string()),
            ("attached_at", at.to_string()),
            ("heartbeat", "25000".into()),
            ("resume_hash", "x'00'".into()),
        ],
    );
    fill(
        "watching",
        &[
            ("target", text("bob")),
            ("generation", "5".into()),
            ("wanted", "1".into()),
            ("confirmed", "5".into()),
            ("since", at.to_string()),
            ("renewed_at", at.to_string()),
        ],
    );
}

#[test]
fn a_hub_of_the_first_version_upgrades_on_waking_and_works() {
    let mut world = World::new();
    first_version(&mut world);
    assert_eq!(version(world.node(&user("ada")).store()).unwrap(), 1);
    let seen = world.look("ada", "bob");
    assert_eq!((seen.online, seen.status, seen.version), (true, Status::Busy, 7), "its facts stay");
    assert_eq!(version(world.node(&user("ada")).store()).unwrap(), MIGRATIONS.len());
    let (ada, bob) = (world.connect("ada"), world.connect("bob"));
    world.send_text(ada, &["bob"], Some("c1"), "what version 1 could not").unwrap();
    // Its socket was gone when it woke: its questions are spread.
    world.run_for(4_000);
    assert_eq!(world.client(bob).messages(), ["what version 1 could not"]);
    assert_eq!(world.client(ada).sees("bob"), Some(Status::Online), "its subscription is kept");
    world.run_for(70_000);
    assert_eq!(world.number("ada", "SELECT count(*) FROM sessions"), 1, "the old session ended");
}

#[test]
fn an_upgrade_that_storage_refuses_is_tried_again() {
    let mut world = World::new();
    first_version(&mut world);
    world.node(&user("ada")).store().refuse_writes(true);
    assert!(world.rest("ada", HubRequest::Sessions).is_err());
    assert_eq!(version(world.node(&user("ada")).store()).unwrap(), 1);
    world.node(&user("ada")).store().refuse_writes(false);
    assert_eq!(world.look("ada", "bob").version, 7);
}

#[test]
fn every_step_from_any_version_ends_at_the_same_tables() {
    let tables = |steps: &[usize]| {
        let store = presence::sqlite::SqliteStore::in_memory().unwrap();
        steps.windows(2).for_each(|step| migrate_to(&store, step[0], step[1]).unwrap());
        store.query("SELECT name, sql FROM sqlite_master ORDER BY name", &[]).unwrap()
    };
    let at_once = tables(&[0, MIGRATIONS.len()]);
    let one_by_one: Vec<usize> = (0..=MIGRATIONS.len()).collect();
    assert_eq!(at_once, tables(&one_by_one));
    assert!(at_once.len() > 5);
}

#[test]
fn reading_about_a_user_who_was_never_seen_writes_no_row_and_creates_no_table() {
    let mut world = World::new();
    let page = Page { limit: 10, after: None };
    let reads = [
        HubRequest::Sessions,
        HubRequest::Subscriptions { page: page.clone() },
        HubRequest::Subscribers { page },
        HubRequest::SubscribedTo { target: user("bob") },
        HubRequest::Holds { subscriber: user("bob") },
        HubRequest::Sweep,
        HubRequest::Peek { request: Box::new(HubRequest::Sweep) },
    ];
    for read in reads {
        world.rest("nobody", read).unwrap();
    }
    let seen = world.look("nobody", "ada");
    assert_eq!((seen.online, seen.status, seen.version), (false, Status::Offline, 0));
    assert_eq!((seen.last_active_at, seen.devices.len()), (None, 0));
    let ada = world.connect("ada");
    world.send_text(ada, &["nobody"], None, "hello?").unwrap();
    world.run_for(200_000);
    assert_eq!(world.rows_written("nobody"), 0);
    assert_eq!(world.number("nobody", "SELECT count(*) FROM sqlite_master"), 0);
    assert!(!world.registered.contains(&user("nobody")), "and the directory does not know them");
    assert_eq!(world.node(&user("nobody")).alarm, None);
}

#[test]
fn a_hub_of_the_first_version_upgrades_in_a_turn_that_writes_nothing_else() {
    let mut world = World::new();
    migrate_to(world.node(&user("ada")).store(), 0, 1).unwrap();
    assert_eq!(world.look("ada", "bob").status, Status::Offline);
    assert_eq!(version(world.node(&user("ada")).store()).unwrap(), MIGRATIONS.len());
}

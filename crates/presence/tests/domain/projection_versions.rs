//! Invariant 3: the public version grows by exactly one with each change that others may see,
//! whatever happens to the object in between, and no client sees it go back.

use presence::calls::HubRequest;
use presence::effects::{Command, Entropy};
use presence::state::{DeviceType, Presence, Status};

use crate::world::{ClientId, Seed, World, status, user};

/// What others can tell apart.
fn shown(p: &Presence) -> (bool, Status, Option<String>, Vec<(DeviceType, Status)>) {
    let devices = p.devices.iter().map(|d| (d.kind, d.status)).collect();
    (p.online, p.status, p.message.clone(), devices)
}

/// One random act of the user `grace`.
fn act(world: &mut World, random: u64, clients: &mut Vec<ClientId>) {
    let statuses = [Status::Online, Status::Away, Status::Busy, Status::Invisible];
    let wanted = statuses[(random >> 8) as usize % 4];
    let open: Vec<ClientId> =
        clients.iter().copied().filter(|c| world.client(*c).socket.is_some()).collect();
    let one = open.get((random >> 16) as usize % open.len().max(1)).copied();
    match (random % 9, one) {
        (0, _) => clients.push(world.connect_as("grace", DeviceType::Mobile, None)),
        (1, _) => clients.push(world.connect("grace")),
        (2, Some(client)) => drop(world.set_device(client, wanted)),
        (3, Some(client)) => world.say(client, Command::Leave).unwrap(),
        (4, Some(client)) => world.close(client),
        (5, Some(client)) => world.say(client, Command::Heartbeat(None)).unwrap(),
        (6, _) => drop(world.rest("grace", HubRequest::SetStatus(status(wanted)))),
        (7, _) => drop(world.rest("grace", HubRequest::Sweep)),
        _ => world.run_for(((random >> 24) % 70_000) as i64),
    }
}

#[test]
fn invariant_3_the_version_grows_by_one_a_visible_change_across_hibernation_and_crash() {
    for seed in 0..40 {
        let (mut world, mut random) = (World::new(), Seed(seed));
        let mut clients = Vec::new();
        let mut before = world.look("grace", "ada");
        for _ in 0..60 {
            let bits = u64::from_le_bytes(random.bits()[..8].try_into().unwrap());
            let began = world.now;
            act(&mut world, bits, &mut clients);
            match (bits >> 40) % 5 {
                0 => drop(world.hibernate("grace")),
                1 => world.crash("grace"),
                _ => {}
            }
            let after = world.look("grace", "ada");
            let changed = shown(&before) != shown(&after);
            let grown = after.version - before.version;
            // `run_for` may hold several changes, such as two sessions ending one after the other.
            assert!(grown >= i64::from(changed), "seed {seed}: a change without a number");
            assert!(changed || grown != 1, "seed {seed}: a number without a change");
            assert!(world.now > began || grown <= 1, "seed {seed}: {grown} numbers for one act");
            before = after;
        }
    }
}

#[test]
fn invariant_3_every_notice_in_order_counts_up_by_one_for_a_watcher_that_keeps_up() {
    let mut world = World::new();
    let (ada, grace) = (world.connect("ada"), world.connect("grace"));
    world.subscribe(ada, &["grace"]);
    world.settle();
    for n in 0..20 {
        world.set(grace, if n % 2 == 0 { Status::Busy } else { Status::Away });
        world.settle();
        let target_sleeps = world.hibernate("grace");
        let watcher_sleeps = world.hibernate("ada");
        assert!(target_sleeps && watcher_sleeps, "nothing keeps them awake at rest");
    }
    let versions: Vec<i64> =
        world.client(ada).told_about("grace").iter().map(|p| p.version).collect();
    assert_eq!(versions, (1..=21).collect::<Vec<_>>());
}

#[test]
fn invariant_3_the_version_never_goes_back_for_a_client_when_the_network_reorders() {
    let mut world = World::new();
    let (ada, grace) = (world.connect("ada"), world.connect("grace"));
    world.subscribe(ada, &["grace"]);
    world.settle();
    let mut random = Seed(7);
    world.network(move |_| match random.up_to(5) {
        0 => crate::world::Fate::Delay(900),
        1 => crate::world::Fate::Double(1_500),
        2 => crate::world::Fate::Lose,
        _ => crate::world::Fate::Deliver,
    });
    for n in 0..30 {
        world.set(grace, if n % 2 == 0 { Status::Busy } else { Status::Away });
        world.run_for(700);
        let view = world.client(ada).view[&user("grace")].version;
        assert!(view <= world.look("grace", "ada").version);
    }
    world.network(|_| crate::world::Fate::Deliver);
    world.run_for(600_000);
    let newest = world.look("grace", "ada");
    let held = world.client(ada).view[&user("grace")].clone();
    assert_eq!((held.version, held.status), (newest.version, newest.status), "at rest: the newest");
}

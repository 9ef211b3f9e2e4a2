use std::collections::BTreeSet;

use redis_rest::{Command, Reply};

use crate::world::{World, command};

/// One step: the next cursor, and what was found.
fn step(world: &mut World, words: &str) -> (String, Vec<Vec<u8>>) {
    let Ok(Reply::Array(parts)) = world.outcome(&command(words)) else { panic!("{words}") };
    let [next, Reply::Array(found)] = parts.as_slice() else { panic!("{words}: {parts:?}") };
    let found = found.iter().map(|reply| reply.as_bytes().unwrap().to_vec()).collect();
    (String::from_utf8(next.as_bytes().unwrap().to_vec()).unwrap(), found)
}

/// All steps; `words` has `@` where the cursor goes.
fn scan(world: &mut World, words: &str) -> Vec<Vec<u8>> {
    let (mut cursor, mut all) = ("0".to_owned(), Vec::new());
    loop {
        let (next, found) = step(world, &words.replace('@', &cursor));
        all.extend(found);
        if next == "0" {
            return all;
        }
        cursor = next;
    }
}

#[test]
fn every_element_is_found_once_whatever_the_page() {
    let mut world = World::new();
    for n in 0..200 {
        world.run(&format!("SET key:{n} v"));
        world.run(&format!("SADD set m{n}"));
        world.run(&format!("HSET hash f{n} {n}"));
    }
    for count in [1, 7, 200, 100_000] {
        assert_eq!(scan(&mut world, &format!("SCAN @ COUNT {count}")).len(), 202);
        let found = scan(&mut world, &format!("SSCAN set @ COUNT {count}"));
        assert_eq!(found.iter().collect::<BTreeSet<_>>().len(), 200);
        assert_eq!(found.len(), 200);
    }
    let pairs = scan(&mut world, "HSCAN hash @");
    assert!(pairs.chunks(2).all(|pair| pair[0][1..] == pair[1][..]));
    assert_eq!(pairs.len(), 400);
}

#[test]
fn what_stays_is_found_while_others_come_and_go() {
    let mut world = World::new();
    (0..100).for_each(|n| drop(world.run(&format!("SADD s stays:{n} goes:{n}"))));
    let (mut cursor, mut all, mut turn) = ("0".to_owned(), BTreeSet::new(), 0);
    loop {
        let (next, found) = step(&mut world, &format!("SSCAN s {cursor} COUNT 9"));
        all.extend(found);
        world.run(&format!("SREM s goes:{turn} goes:{}", 99 - turn));
        world.run(&format!("SADD s comes:{turn}"));
        world.restart();
        if next == "0" {
            break;
        }
        (cursor, turn) = (next, turn + 1);
    }
    assert_eq!(all.iter().filter(|member| member.starts_with(b"stays:")).count(), 100);
}

#[test]
fn patterns_and_types_pick() {
    let mut world = World::new();
    world.plays("MSET a1 v a2 v b1 v → OK\nSADD as m → 1\nHSET ah f v → 1");
    assert_eq!(scan(&mut world, "SCAN @ MATCH a*").len(), 4);
    assert_eq!(scan(&mut world, "SCAN @ MATCH a* TYPE string").len(), 2);
    assert_eq!(scan(&mut world, "SCAN @ TYPE SET"), [b"as".to_vec()]);
    assert_eq!(scan(&mut world, "SCAN @ TYPE zset COUNT 1").len(), 0);
    world.run("SADD s aa ab bb");
    assert_eq!(scan(&mut world, "SSCAN s @ MATCH a?").len(), 2);
}

#[test]
fn bad_cursors_and_options_are_refused() {
    let mut world = World::new();
    world.run("SADD s m");
    world.plays(
        r#"
        SCAN x → !ERR invalid cursor
        SSCAN s 1x → !ERR invalid cursor
        SSCAN none x → !ERR invalid cursor
        SSCAN none 0 NONSENSE → ["0" []]
        SSCAN s 0 NONSENSE → !ERR syntax error
        SSCAN s 0 TYPE set → !ERR syntax error
        SCAN 0 COUNT 0 → !ERR syntax error
        SCAN 0 COUNT x → !ERR value is not an integer or out of range
        SCAN 0 MATCH → !ERR syntax error
        SCAN 18446744073709551615 → ["0" []]
        "#,
    );
}

#[test]
fn names_of_any_bytes_are_found_one_at_a_time() {
    let mut world = World::new();
    let names: BTreeSet<Vec<u8>> = (0..300_u32).map(|n| n.to_le_bytes().to_vec()).collect();
    for name in &names {
        world.outcome(&Command::new("SADD").arg("s").arg(name)).unwrap();
    }
    let found: BTreeSet<_> = scan(&mut world, "SSCAN s @ COUNT 1").into_iter().collect();
    assert_eq!(found, names);
}

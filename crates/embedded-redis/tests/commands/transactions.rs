use redis_rest::{Command, RedisError};

use crate::world::{World, command, shown};

fn commands(lines: &[&str]) -> Vec<Command> {
    lines.iter().map(|line| command(line)).collect()
}

fn transaction(world: &mut World, lines: &[&str]) -> Result<Vec<String>, RedisError> {
    let outcomes = world.engine.transaction(&commands(lines), world.now)?;
    Ok(outcomes.iter().map(shown).collect())
}

#[test]
fn a_command_that_fails_does_not_undo_the_others() {
    let mut world = World::new();
    world.run("SADD s m");
    let outcomes = transaction(&mut world, &["SET a 1", "GET s", "INCR a", "GET a"]).unwrap();
    let wrong = "!WRONGTYPE Operation against a key holding the wrong kind of value";
    assert_eq!(outcomes, ["OK", wrong, "2", "\"2\""]);
    assert_eq!(world.run("GET a"), "\"2\"");
}

#[test]
fn a_command_that_cannot_be_refuses_all() {
    let mut world = World::new();
    for bad in ["NOSUCH", "GET", "GET a b", "HSET h f"] {
        let error = transaction(&mut world, &["SET a 1", bad]).unwrap_err();
        assert_eq!(error.0, "EXECABORT Transaction discarded because of previous errors.", "{bad}");
    }
    assert_eq!(world.run("EXISTS a"), "0");
}

#[test]
fn storage_that_refuses_undoes_all_and_is_counted_right_afterwards() {
    let mut world = World::new();
    world.plays("SET a 1 → OK\nDBSIZE → 1");
    world.store.refuse_writes(true);
    let error = transaction(&mut world, &["GET a", "SET b 1", "SADD s m"]).unwrap_err();
    assert_eq!(error.0, "ERR storage: the disk refuses");
    assert_eq!(world.run("SET b 1"), "!ERR storage: the disk refuses");
    world.store.refuse_writes(false);
    world.plays("DBSIZE → 1\nEXISTS b s → 0");
    let before = world.run("INFO memory");
    world.restart();
    assert_eq!(world.run("INFO memory"), before);
}

#[test]
fn what_is_over_at_once_is_gone_for_the_next_command() {
    let mut world = World::new();
    let outcomes = transaction(&mut world, &["SET k v PXAT 1", "GET k", "DBSIZE"]).unwrap();
    assert_eq!(outcomes, ["OK", "nil", "0"]);
}

#[test]
fn none_at_all_is_fine() {
    let mut world = World::new();
    assert_eq!(transaction(&mut world, &[]), Ok(Vec::new()));
    assert_eq!(world.engine.pipeline(&[], world.now), Vec::new());
}

#[test]
fn a_pipeline_goes_on_after_an_error() {
    let mut world = World::new();
    let outcomes =
        world.engine.pipeline(&commands(&["SET a 1", "NOSUCH", "GET", "INCR a"]), world.now);
    let shown: Vec<_> = outcomes.iter().map(shown).collect();
    assert_eq!(shown[0], "OK");
    assert!(
        shown[1].starts_with("!ERR unknown command") && shown[2].starts_with("!ERR wrong number")
    );
    assert_eq!(shown[3], "2");
}

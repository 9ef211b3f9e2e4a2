use crate::world::World;

#[test]
fn keys_are_counted_and_deleted() {
    World::new().plays(
        "
        DBSIZE → 0
        MSET a 1 b 2 → OK
        SADD s m n → 2
        HSET h f v → 1
        DBSIZE → 4
        EXISTS a a none s → 3
        TOUCH a none → 1
        DEL a a s none → 2
        UNLINK h → 1
        DBSIZE → 1
        TYPE none → none
        ",
    );
}

#[test]
fn patterns_find_keys() {
    let mut world = World::new();
    world.run("MSET presence:user:ada:online:1 x presence:user:bob:online:2 x ws:session:1 x");
    assert_eq!(
        world.sorted("KEYS presence:user:*:online:*"),
        [r#""presence:user:ada:online:1""#, r#""presence:user:bob:online:2""#]
    );
    assert_eq!(world.sorted("KEYS *").len(), 3);
    assert_eq!(world.run("KEYS ws:session:[0-9]"), r#"["ws:session:1"]"#);
    assert_eq!(world.run("KEYS nothing*"), "[]");
}

#[test]
fn a_new_name_keeps_what_is_there_and_how_long() {
    World::new().plays(
        r#"
        SET a 1 EX 100 → OK
        SET b 2 → OK
        RENAME a b → OK
        GET b → "1"
        TTL b → 100
        EXISTS a → 0
        RENAME b b → OK
        RENAME none b → !ERR no such key
        SADD s m n → 2
        RENAME s b → OK
        SCARD b → 2
        TTL b → -1
        SET c 3 → OK
        RENAMENX b c → 0
        RENAMENX b b → 0
        RENAMENX b d → 1
        SCARD d → 2
        RENAMENX none d → !ERR no such key
        DBSIZE → 2
        "#,
    );
}

#[test]
fn a_copy_lives_its_own_life() {
    World::new().plays(
        "
        SADD s m n → 2
        EXPIRE s 100 → 1
        COPY s t → 1
        TTL t → 100
        SREM t m → 1
        SCARD s → 2
        COPY s t → 0
        COPY s t REPLACE → 1
        SCARD t → 2
        SET k v PX 5000 → OK
        COPY k t DB 0 REPLACE → 1
        PTTL t → 5000
        COPY none t → 0
        COPY k k → !ERR source and destination objects are the same
        COPY k t DB 1 → !ERR DB index is out of range
        COPY k t NONSENSE → !ERR syntax error
        ",
    );
}

#[test]
fn unknown_commands_are_named_as_redis_names_them() {
    let long = "x".repeat(200);
    let mut world = World::new();
    let unknown = "!ERR unknown command 'nosuch', with args beginning with: ";
    assert_eq!(world.run("nosuch"), unknown);
    assert_eq!(world.run("nosuch a b"), format!("{unknown}'a' 'b' "));
    let wanted =
        format!("!ERR unknown command 'NOSUCH', with args beginning with: '{}' ", &long[..128]);
    assert_eq!(world.run(&format!("NOSUCH {long} more")), wanted);
    assert_eq!(world.run("get"), "!ERR wrong number of arguments for 'get' command");
    assert_eq!(world.run("GeT a b"), "!ERR wrong number of arguments for 'get' command");
}

use crate::world::World;

#[test]
fn members_come_and_go_and_the_set_with_the_last() {
    World::new().plays(
        "
        SADD s a b a → 2
        SADD s b c '' → 2
        SCARD s → 4
        SISMEMBER s a → 1
        SISMEMBER s z → 0
        SMISMEMBER s a z '' → [1 0 1]
        SMISMEMBER none a → [0]
        TYPE s → set
        SREM s a z a → 1
        SREM s b c → 2
        SREM s '' → 1
        EXISTS s → 0
        SREM s a → 0
        SCARD s → 0
        SMEMBERS s → []
        ",
    );
}

#[test]
fn a_large_set_is_whole() {
    let mut world = World::new();
    let words: Vec<String> = (0..1_000).map(|n| format!("m{n}")).collect();
    assert_eq!(world.run(&format!("SADD s {}", words.join(" "))), "1000");
    assert_eq!(world.run("SCARD s"), "1000");
    assert_eq!(world.sorted("SMEMBERS s").len(), 1_000);
    assert_eq!(world.run(&format!("SREM s {}", words[..999].join(" "))), "999");
    assert_eq!(world.run("SMEMBERS s"), r#"["m999"]"#);
}

#[test]
fn a_member_moves() {
    World::new().plays(
        "
        SADD a 1 2 → 2
        SMOVE a b 1 → 1
        SMOVE a b 1 → 0
        SMOVE none b 1 → 0
        SMOVE a a 2 → 1
        SCARD a → 1
        SMOVE a b 2 → 1
        EXISTS a → 0
        SCARD b → 2
        SET t v → OK
        SMOVE b t 1 → !WRONGTYPE Operation against a key holding the wrong kind of value
        SMOVE none t 1 → 0
        ",
    );
}

#[test]
fn sets_are_made_of_sets() {
    let mut world = World::new();
    world.plays("SADD a 1 2 3 → 3\nSADD b 2 3 4 → 3\nSADD c 3 → 1\nSET t v → OK");
    assert_eq!(world.sorted("SINTER a b"), [r#""2""#, r#""3""#]);
    assert_eq!(world.sorted("SUNION a b none"), [r#""1""#, r#""2""#, r#""3""#, r#""4""#]);
    assert_eq!(world.sorted("SDIFF a b c"), [r#""1""#]);
    world.plays(
        r#"
        SINTER a none → []
        SINTER none t → !WRONGTYPE Operation against a key holding the wrong kind of value
        SUNION a t → !WRONGTYPE Operation against a key holding the wrong kind of value
        SINTERSTORE t a b c → 1
        SMEMBERS t → ["3"]
        EXPIRE t 100 → 1
        SDIFFSTORE t a b → 1
        TTL t → -1
        SUNIONSTORE a a b → 4
        SCARD a → 4
        SINTERSTORE a a none → 0
        EXISTS a → 0
        "#,
    );
}

#[test]
fn chance_takes_members_that_are_there() {
    let mut world = World::new();
    world.run("SADD s a b c d e");
    assert_eq!(world.sorted("SRANDMEMBER s 3").len(), 3);
    assert_eq!(world.sorted("SRANDMEMBER s 99").len(), 5);
    let repeated = world.sorted("SRANDMEMBER s -40");
    assert!(
        repeated.len() == 40 && repeated.iter().all(|member| "\"a\"b\"c\"d\"e\"".contains(member))
    );
    let one = world.run("SPOP s");
    assert_eq!(world.run(&format!("SISMEMBER s {}", one.trim_matches('"'))), "0");
    assert_eq!(world.sorted("SPOP s 2").len(), 2);
    assert_eq!(world.run("SCARD s"), "2");
    assert_eq!(world.sorted("SPOP s 9").len(), 2);
    world.plays(
        r#"
        EXISTS s → 0
        SPOP s → nil
        SPOP s 2 → []
        SRANDMEMBER s → nil
        SRANDMEMBER s 2 → []
        SPOP s -1 → !ERR value is out of range, must be positive
        SPOP s x → !ERR value is out of range, must be positive
        SPOP s 1 2 → !ERR syntax error
        SRANDMEMBER s x → !ERR value is not an integer or out of range
        RANDOMKEY → nil
        SET k v → OK
        RANDOMKEY → "k"
        "#,
    );
}

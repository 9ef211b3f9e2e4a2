use crate::world::World;

#[test]
fn fields_come_and_go_and_the_hash_with_the_last() {
    let mut world = World::new();
    world.plays(
        r#"
        HSET h f 1 g 2 f 3 → 2
        HSET h f 4 new 5 → 1
        HGET h f → "4"
        HGET h none → nil
        HMGET h f none g f → ["4" nil "2" "4"]
        HMGET none f → [nil]
        HLEN h → 3
        HEXISTS h g → 1
        HEXISTS h none → 0
        HSTRLEN h f → 1
        HSTRLEN h none → 0
        HSETNX h f 9 → 0
        HSETNX h '' '' → 1
        HGET h '' → ""
        TYPE h → hash
        HDEL h f none '' → 2
        HMSET h f 1 → OK
        "#,
    );
    assert_eq!(
        world.sorted("HGETALL h"),
        [r#""1""#, r#""2""#, r#""5""#, r#""f""#, r#""g""#, r#""new""#]
    );
    assert_eq!(world.sorted("HKEYS h"), [r#""f""#, r#""g""#, r#""new""#]);
    assert_eq!(world.sorted("HVALS h"), [r#""1""#, r#""2""#, r#""5""#]);
    world.plays("HDEL h f g new → 3\nEXISTS h → 0\nHGETALL h → []\nHLEN h → 0");
}

#[test]
fn fields_count() {
    World::new().plays(
        r#"
        HINCRBY h n 5 → 5
        HINCRBY h n -7 → -2
        HSET h n 9223372036854775807 → 0
        HINCRBY h n 1 → !ERR increment or decrement would overflow
        HSET h n text → 0
        HINCRBY h n 1 → !ERR hash value is not an integer
        HINCRBYFLOAT h n 1 → !ERR hash value is not a float
        HINCRBYFLOAT h x 10.5 → "10.5"
        HINCRBYFLOAT h x 0.1 → "10.6"
        HINCRBYFLOAT h x text → !ERR value is not a valid float
        HINCRBY h n text → !ERR value is not an integer or out of range
        "#,
    );
}

#[test]
fn half_a_pair_is_a_wrong_number_of_arguments() {
    World::new().plays(
        "HSET h f → !ERR wrong number of arguments for 'hset' command
         HSET h f 1 g → !ERR wrong number of arguments for 'hset' command
         HMSET h f 1 g → !ERR wrong number of arguments for 'hmset' command",
    );
}

#[test]
fn another_type_is_not_a_hash() {
    let mut world = World::new();
    world.run("SET k v");
    for words in [
        "HSET k f 1",
        "HGET k f",
        "HDEL k f",
        "HGETALL k",
        "HLEN k",
        "HEXISTS k f",
        "HINCRBY k f 1",
        "HSCAN k 0",
        "HMGET k f",
        "HSETNX k f 1",
        "HSTRLEN k f",
    ] {
        let wanted = "!WRONGTYPE Operation against a key holding the wrong kind of value";
        assert_eq!(world.run(words), wanted, "{words}");
    }
}

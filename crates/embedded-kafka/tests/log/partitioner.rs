//! The partition of a key is the one that Java's client picks.

use embedded_kafka::murmur2::{murmur2, partition_of};
use serde_json::json;

use crate::world::{World, keyless, place, record};

#[test]
fn hashes_are_those_of_kafkas_own_test() {
    // `UtilsTest.testMurmur2` of Apache Kafka.
    for (key, hash) in [
        ("21", -973_932_308),
        ("foobar", -790_332_482),
        ("a-little-bit-long-string", -985_981_536),
        ("a-little-bit-longer-string", -1_486_304_829),
        ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971),
        ("abc", 479_470_107),
    ] {
        assert_eq!(murmur2(key.as_bytes()).cast_signed(), hash, "{key}");
    }
}

#[test]
fn hashes_are_those_of_other_clients() {
    // What Java gave for the tests of KafkaJS, whose own partitioner was once another.
    for (key, hash) in [
        ("0", 971_027_396),
        ("1", -1_993_445_489),
        ("128", -326_012_175),
        ("2187", -1_508_407_203),
        ("16384", -325_739_742),
        ("78125", -1_654_490_814),
        ("279936", 1_462_227_128),
        ("823543", -2_014_198_330),
    ] {
        assert_eq!(murmur2(key.as_bytes()).cast_signed(), hash, "{key}");
    }
    // Those of Akka, one for each length of a rest.
    for (key, hash) in [
        ("12", 126_087_238),
        ("123", -267_702_483),
        ("1234", -1_614_185_708),
        ("12345", -1_188_365_604),
    ] {
        assert_eq!(murmur2(key.as_bytes()).cast_signed(), hash, "{key}");
    }
    // The self-test of librdkafka.
    assert_eq!(murmur2(b"kafka"), 0xd067_cf64);
    assert_eq!(murmur2(b"").cast_signed(), 275_646_681);
}

#[test]
fn the_partition_is_the_hash_without_its_sign_by_the_number_of_partitions() {
    // -973,932,308 and its lower 31 bits.
    for partitions in [3, 7, 16] {
        assert_eq!(partition_of(b"21", partitions), 1_173_551_340 % partitions);
    }
    assert_eq!(partition_of(b"anything", 1), 0);
    assert_eq!(partition_of(b"anything", 0), 0);
}

#[test]
fn a_key_has_one_partition_whoever_writes_and_however_it_is_spelled() {
    let mut world = World::with_partitions(16);
    let user = "7d444840-9dc0-11d1-b245-5ffdce74fad2";
    let home = partition_of(user.as_bytes(), 16);
    for _ in 0..3 {
        assert_eq!(world.produce("t", &[record(user, "v")])[0].0, home);
    }
    let mut by_json = |key: &str| {
        let body = format!(r#"{{"records":[{{"key":{key},"value":"v"}}]}}"#);
        place(&world.post("/topics/u", crate::world::JSON, &body).1["offsets"][0]).0
    };
    assert_eq!(by_json(r#""abc""#), by_json(r#""\u0061bc""#));
    assert_eq!(by_json(r#"{"u": 1}"#), by_json(r#"{"u":1}"#));
}

#[test]
fn an_empty_key_is_a_key() {
    let mut world = World::with_partitions(16);
    let home = partition_of(b"", 16);
    for _ in 0..3 {
        assert_eq!(world.produce("t", &[json!({ "key": "", "value": "" })])[0].0, home);
    }
}

#[test]
fn records_without_a_key_go_round_and_on_where_they_were_after_a_restart() {
    let mut world = World::with_partitions(3);
    let places = world.produce("t", &[keyless("a"), keyless("b"), keyless("c"), keyless("d")]);
    assert_eq!(places, [(0, 0), (1, 0), (2, 0), (0, 1)]);
    world.restart();
    assert_eq!(world.produce("t", &[keyless("e"), keyless("f")]), [(1, 1), (2, 1)]);
}

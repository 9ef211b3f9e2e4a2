//! The protocol as a server sees it.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests may panic")]

use redis_rest::{
    Answer, Call, Command, MAX_REQUEST, Outcome, RedisError, Reply, Request, Shape, read, write,
    write_refusal,
};

fn request<'a>(method: &'a str, path: &'a str, body: &'a str) -> Request<'a> {
    let (path, query) = path.split_once('?').map_or((path, None), |(p, q)| (p, Some(q)));
    let authorization = Some("Bearer secret");
    Request { method, path, query, authorization, encoding: None, body: body.as_bytes() }
}

fn taken(request: &Request<'_>) -> Call {
    read(request, &|token| token == "secret").unwrap()
}

fn refused(request: &Request<'_>) -> (u16, String) {
    text(&read(request, &|token| token == "secret").unwrap_err())
}

fn text(answer: &Answer) -> (u16, String) {
    assert_eq!(answer.content_type, "application/json");
    (answer.status, String::from_utf8(answer.body.clone()).unwrap())
}

/// The one command of a request, its parts joined by `|`.
fn spelled(method: &str, path: &str, body: &str) -> String {
    let call = taken(&request(method, path, body));
    assert_eq!(call.shape, Shape::Single);
    assert_eq!(call.commands.len(), 1);
    let parts = call.commands[0].parts().iter();
    parts.map(|part| String::from_utf8_lossy(part).into_owned()).collect::<Vec<_>>().join("|")
}

#[test]
fn a_command_may_stand_in_the_path() {
    assert_eq!(spelled("GET", "/set/foo/bar", ""), "set|foo|bar");
    assert_eq!(spelled("GET", "set/foo/bar/EX/100", ""), "set|foo|bar|EX|100");
    assert_eq!(spelled("HEAD", "/get/a%2Fb%20c", ""), "get|a/b c");
    assert_eq!(spelled("GET", "/hget/employee:23381/salary", ""), "hget|employee:23381|salary");
}

#[test]
fn a_body_is_the_value_and_the_query_comes_after_it() {
    assert_eq!(spelled("POST", "/set/foo", "[1,2]"), "set|foo|[1,2]");
    assert_eq!(spelled("PUT", "/set/foo?EX=100&NX", "v"), "set|foo|v|EX|100|NX");
    assert_eq!(spelled("POST", "/incr/foo", ""), "incr|foo");
    assert_eq!(spelled("GET", "/set/foo/bar?EX=100", "ignored"), "set|foo|bar|EX|100");
    let binary = Request { body: &[0xff, 0], ..request("POST", "/set/foo", "") };
    assert_eq!(taken(&binary).commands[0].parts()[2], [0xff, 0]);
}

#[test]
fn an_empty_part_of_a_path_is_an_empty_argument() {
    assert_eq!(spelled("GET", "/set/foo/", ""), "set|foo|");
    assert_eq!(spelled("GET", "/set//bar", ""), "set||bar");
}

#[test]
fn a_command_may_stand_in_the_body_whatever_its_arguments_are() {
    let body = r#"["SET","k","v\u00e9",100,1.50,1e3,true,12345678901234567890123]"#;
    assert_eq!(
        spelled("POST", "/", body),
        "SET|k|v\u{e9}|100|1.50|1e3|true|12345678901234567890123"
    );
    assert_eq!(spelled("POST", "", " [ \"PING\" ] "), "PING");
}

#[test]
fn pipelines_and_transactions_are_arrays_of_commands() {
    let body = r#"[["SET","k",1],["GET","k"]]"#;
    let commands = vec![Command::new("SET").arg("k").arg("1"), Command::new("GET").arg("k")];
    for (path, shape) in [("/pipeline", Shape::Pipeline), ("/multi-exec", Shape::Transaction)] {
        let call = taken(&request("POST", path, body));
        assert_eq!((call.shape, &call.commands), (shape, &commands));
        assert_eq!(taken(&request("POST", path, "[]")).commands, []);
    }
}

#[test]
fn what_is_no_command_is_refused_with_400() {
    let single =
        "ERR failed to parse command: expected a JSON array of a command and its arguments";
    let many = "ERR failed to parse command: expected a JSON array of arrays, one a command";
    let cases = [
        ("/", "", single),
        ("/", "{}", single),
        ("/", "[\"GET\",\"k\"", single),
        ("/", "[]", "ERR empty command"),
        ("/", "[\"GET\",null]", "ERR null args are not supported"),
        ("/", "[\"GET\",[\"k\"]]", "ERR array and object args are not supported"),
        ("/", r#"["GET","\ud800"]"#, "ERR failed to parse command: a string is not Unicode"),
        ("/pipeline", "[\"GET\",\"k\"]", many),
        ("/pipeline", "[[]]", "ERR empty command"),
        ("/multi-exec", "", many),
    ];
    for (path, body, error) in cases {
        let expected = serde_json::json!({ "error": error }).to_string();
        assert_eq!(refused(&request("POST", path, body)), (400, expected), "{path} {body}");
    }
    let broken = Request { body: b"[\"GET\",\"\xff\"]", ..request("POST", "/", "") };
    assert_eq!(refused(&broken).0, 400);
}

#[test]
fn a_token_is_asked_for_in_the_header_or_the_query() {
    let plain = request("GET", "/ping", "");
    let in_query = Request { authorization: None, query: Some("_token=sec%72et"), ..plain };
    assert_eq!(taken(&in_query).commands, [Command::new("ping")]);
    let lower = Request { authorization: Some("bearer  secret"), ..plain };
    assert_eq!(taken(&lower).commands, [Command::new("ping")]);
    let wrong = r#"{"error":"WRONGPASS invalid or missing auth token"}"#.to_owned();
    for authorization in [None, Some("Bearer wrong"), Some("Basic secret"), Some("secret")] {
        let request = Request { authorization, ..plain };
        assert_eq!(refused(&request), (401, wrong.clone()), "{authorization:?}");
    }
    // A bad request of a stranger is a stranger's first of all.
    let stranger = Request { authorization: None, ..request("POST", "/", "garbage") };
    assert_eq!(refused(&stranger).0, 401);
}

#[test]
fn other_methods_are_refused_with_405() {
    for method in ["DELETE", "PATCH", "OPTIONS", "get"] {
        assert_eq!(refused(&request(method, "/ping", "")).0, 405, "{method}");
    }
}

#[test]
fn a_request_of_more_than_ten_megabytes_is_refused() {
    let body = vec![b'x'; MAX_REQUEST + 1];
    let large = Request { body: &body, ..request("POST", "/set/k", "") };
    let limit = "Limit: 10485760 bytes, Actual: 10485761 bytes.";
    let error = format!("{{\"error\":\"ERR max request size exceeded. {limit}\"}}");
    assert_eq!(refused(&large), (413, error));
    let fits = Request { body: &body[1..], ..large };
    assert_eq!(taken(&fits).commands[0].parts()[2].len(), MAX_REQUEST);
}

fn answered(shape: Shape, base64: bool, outcomes: &[Outcome]) -> (u16, String) {
    let commands = vec![Command::new("X"); outcomes.len()];
    text(&write(&Call { shape, commands, base64 }, outcomes))
}

fn bulk(text: &str) -> Reply {
    Reply::Bulk(text.as_bytes().to_vec())
}

fn error(text: &str) -> RedisError {
    RedisError(text.to_owned())
}

#[test]
fn replies_are_written_as_json() {
    let cases = [
        (Reply::Null, "null"),
        (Reply::Integer(-7), "-7"),
        (Reply::Double(1.5), "\"1.5\""),
        (Reply::Double(f64::NEG_INFINITY), "\"-inf\""),
        (Reply::ok(), "\"OK\""),
        (bulk("a\"b"), "\"a\\\"b\""),
        (Reply::Bulk(vec![0xff]), "\"\u{fffd}\""),
        (Reply::Array(vec![bulk("a"), Reply::Null, Reply::Array(vec![])]), "[\"a\",null,[]]"),
    ];
    for (reply, written) in cases {
        let expected = (200, format!("{{\"result\":{written}}}"));
        assert_eq!(answered(Shape::Single, false, &[Ok(reply)]), expected);
    }
}

#[test]
fn in_base64_all_strings_are_but_ok_itself() {
    let cases = [
        (Reply::ok(), "\"OK\""),
        (bulk("OK"), "\"T0s=\""),
        (bulk("bar"), "\"YmFy\""),
        (Reply::Status("string".to_owned()), "\"c3RyaW5n\""),
        (Reply::Double(1.5), "\"MS41\""),
        (Reply::Integer(3), "3"),
        // `@upstash/redis` decodes what stands in an array, `OK` too.
        (
            Reply::Array(vec![Reply::ok(), Reply::Bulk(vec![0xff]), Reply::Null]),
            "[\"T0s=\",\"/w==\",null]",
        ),
    ];
    for (reply, written) in cases {
        let expected = (200, format!("{{\"result\":{written}}}"));
        assert_eq!(answered(Shape::Single, true, &[Ok(reply)]), expected);
    }
    let asked = Request { encoding: Some("base64"), ..request("GET", "/ping", "") };
    assert!(taken(&asked).base64);
    assert!(!taken(&request("GET", "/ping", "")).base64);
}

#[test]
fn an_error_alone_is_400_and_among_others_200() {
    let wrong = || Err(error("WRONGTYPE Operation"));
    let alone = answered(Shape::Single, true, &[wrong()]);
    assert_eq!(alone, (400, r#"{"error":"WRONGTYPE Operation"}"#.to_owned()));
    for shape in [Shape::Pipeline, Shape::Transaction] {
        let both = answered(shape, false, &[Ok(Reply::ok()), wrong()]);
        let expected = r#"[{"result":"OK"},{"error":"WRONGTYPE Operation"}]"#;
        assert_eq!(both, (200, expected.to_owned()));
        assert_eq!(answered(shape, false, &[]), (200, "[]".to_owned()));
    }
}

#[test]
fn a_refusal_of_the_whole_is_one_object() {
    let answer = write_refusal(&error("EXECABORT Transaction discarded"), 400);
    let expected = r#"{"error":"EXECABORT Transaction discarded"}"#.to_owned();
    assert_eq!(text(&answer), (400, expected));
}

#[test]
fn outcomes_that_do_not_match_the_commands_are_the_servers_own_fault() {
    let commands = vec![Command::new("PING"); 2];
    let call = Call { shape: Shape::Pipeline, commands, base64: false };
    assert_eq!(write(&call, &[Ok(Reply::ok())]).status, 500);
}

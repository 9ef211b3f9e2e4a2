//! Requests to a server of Redis over REST: what is read of them, before any command runs.

use redis_rest::{Answer, Call, Command, Request, Shape, read};
use serde_json::Value;

const TOKEN: &str = "the-token";
const METHODS: [&str; 6] = ["POST", "GET", "PUT", "HEAD", "DELETE", ""];

/// Nothing is read for whom has no token; what is read can be written and read again; what is refused is
/// refused in words. The first letter says how it is asked, then come its address, its authorization and
/// its body, a line each.
pub fn redis_requests(data: &[u8]) {
    let Some((first, rest)) = data.split_first() else { return };
    let mut lines = rest.splitn(3, |byte| *byte == b'\n');
    let mut line = || lines.next().unwrap_or_default();
    let (target, authorization, body) = (line(), line(), line());
    let text = |bytes| std::str::from_utf8(bytes).unwrap_or_default();
    let (path, query) = match text(target).split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (text(target), None),
    };
    let good = format!("Bearer {TOKEN}");
    let authorization = if authorization.is_empty() { &good } else { text(authorization) };
    let request = Request {
        method: METHODS[usize::from(first / 2) % METHODS.len()],
        path,
        query,
        authorization: Some(authorization),
        encoding: (first % 2 == 1).then_some("base64"),
        body,
    };
    let nobody = read(&request, &|_| false).map(|call| panic!("{call:?} without a token"));
    check_refusal(&nobody.unwrap_err(), &[401, 405]);
    match read(&request, &|token| token == TOKEN) {
        Ok(call) => check_call(&call, &request),
        Err(refusal) => check_refusal(&refusal, &[400, 401, 405]),
    }
}

fn check_refusal(answer: &Answer, statuses: &[u16]) {
    assert!(statuses.contains(&answer.status), "{}", answer.status);
    let body: Value = serde_json::from_slice(&answer.body).expect("a refusal is JSON");
    assert!(body["error"].is_string(), "{body}");
}

fn check_call(call: &Call, request: &Request<'_>) {
    assert!(call.shape != Shape::Single || call.commands.len() == 1, "{call:?}");
    assert_eq!(call.base64, request.encoding.is_some());
    for command in &call.commands {
        // Its name may be empty, as in `//x`: then there is no such command, which is Redis' to say.
        assert!(!command.parts().is_empty(), "{command:?}");
        check_again(command);
    }
}

/// As a client would write it, where that is text.
fn check_again(command: &Command) {
    let Ok(body) = serde_json::to_vec(command) else { return };
    let good = format!("Bearer {TOKEN}");
    let authorization = Some(good.as_str());
    let (method, path, query, encoding) = ("POST", "/", None, None);
    let request = Request { method, path, query, authorization, encoding, body: &body };
    let call = read(&request, &|token| token == TOKEN).expect("what was read can be sent");
    assert_eq!(call.commands, std::slice::from_ref(command));
}

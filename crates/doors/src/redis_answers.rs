//! What a client of Redis over REST makes of an answer.

use arbitrary::{Arbitrary, Unstructured};
use redis_rest::commands::{dbsize, get, info, mget, sismember, smembers, smismember, sscan};
use redis_rest::{
    Ask, Breaker, Call, Client, Command, Error, How, Outcome, Repeat, Reply, Settings, Shape, write,
};

use crate::once::{Once, Still, now, status};

const ONCE: How = How { deadline_ms: 5_000, repeat: Repeat::Never };

#[derive(Arbitrary, Debug)]
struct Answered<'a> {
    shape: u8,
    commands: u8,
    status: u8,
    body: &'a [u8],
}

/// As many outcomes as commands, or an error; asked once; and what was understood can be said again by a
/// server, and is understood as the same.
pub fn redis_answers(data: &[u8]) {
    let Ok(answered) = Answered::arbitrary_take_rest(Unstructured::new(data)) else { return };
    let shapes = [Shape::Single, Shape::Pipeline, Shape::Transaction];
    let shape = shapes[usize::from(answered.shape) % shapes.len()];
    let count = if shape == Shape::Single { 1 } else { usize::from(answered.commands % 5) };
    let Ok(outcomes) = ask(shape, count, status(answered.status), answered.body) else { return };
    assert_eq!(outcomes.len(), count);
    typed(&outcomes);
    let commands = vec![Command::new("PING"); count];
    let said = write(&Call { shape, commands, base64: true }, &outcomes);
    let same = outcomes.into_iter().map(|outcome| outcome.map(|reply| travelled(reply, true)));
    assert_eq!(ask(shape, count, said.status, &said.body), Ok(same.collect()));
}

/// Over REST a number that need not be whole is a string, and a word is one too but for a lone `OK`.
fn travelled(reply: Reply, alone: bool) -> Reply {
    match reply {
        Reply::Double(number) => Reply::Bulk(number.to_string().into_bytes()),
        Reply::Status(text) if !(alone && text == "OK") => Reply::Bulk(text.into_bytes()),
        Reply::Array(all) => {
            Reply::Array(all.into_iter().map(|reply| travelled(reply, false)).collect())
        }
        other => other,
    }
}

fn ask(shape: Shape, count: usize, status: u16, body: &[u8]) -> Result<Vec<Outcome>, Error> {
    let server = Once::new(status, body);
    let settings = Settings::new("https://redis.example", "token");
    let client = Client::new(&server, Still, settings, Breaker::default());
    let commands = vec![Command::new("PING"); count];
    let outcomes = match shape {
        Shape::Single => now(client.single(&commands[0], ONCE)).map(|outcome| vec![outcome]),
        Shape::Pipeline => now(client.pipeline(&commands, ONCE)),
        Shape::Transaction => now(client.transaction(&commands, ONCE)),
    };
    assert!(server.asked.get() <= 1, "asked {} times", server.asked.get());
    outcomes
}

/// Every typed command reads every reply, or says that it cannot.
fn typed(outcomes: &[Outcome]) {
    for outcome in outcomes {
        let _ = get("k").read(outcome.clone());
        let _ = smembers("k").read(outcome.clone());
        let _ = sismember("k", "m").read(outcome.clone());
        let _ = smismember("k", ["m"]).read(outcome.clone());
        let _ = mget(["k"]).read(outcome.clone());
        let _ = dbsize().read(outcome.clone());
        let _ = sscan("k", &redis_rest::commands::Cursor::start()).read(outcome.clone());
        if let Ok(info) = info(Some("memory")).read(outcome.clone()) {
            let _ = info.used_memory();
        }
    }
}

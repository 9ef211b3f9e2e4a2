//! An engine and a real server that are told the same.

use std::time::{SystemTime, UNIX_EPOCH};

use embedded_redis::Engine;
use presence::sqlite::SqliteStore;
use redis_rest::{Command, Outcome, RedisError, Reply};

use crate::compare;
use crate::generate::{Step, keys, spelled};
use crate::resp::Client;
use crate::server::Server;

pub(crate) struct Pair {
    engine: Engine<SqliteStore>,
    redis: Client,
}

type Verdict = Result<(), String>;

#[allow(clippy::disallowed_methods, reason = "native, and the server's clock is this one")]
pub(crate) fn now() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock that was set");
    i64::try_from(now.as_millis()).expect("a time")
}

impl Pair {
    /// Both empty.
    pub(crate) fn new(server: &Server) -> Self {
        let mut redis = server.client();
        redis.say("FLUSHALL").expect("an empty server");
        Self { engine: Engine::new(SqliteStore::in_memory().expect("a database")), redis }
    }

    /// Plays steps on both; an error says where they part.
    pub(crate) fn play(&mut self, steps: &[Step]) -> Verdict {
        for step in steps {
            match step {
                Step::Single(command) => self.single(command)?,
                Step::Whole(commands) => self.whole(commands)?,
            }
        }
        self.state()
    }

    pub(crate) fn here(&mut self, command: &Command) -> Outcome {
        self.engine.execute(command, now())
    }

    pub(crate) fn there(&mut self, command: &Command) -> Outcome {
        self.redis.ask(command)
    }

    pub(crate) fn single(&mut self, command: &Command) -> Verdict {
        let here = self.here(command);
        match command.name().as_str() {
            "SPOP" => self.popped(command, &here),
            "SRANDMEMBER" => self.chosen(command, &here),
            "RANDOMKEY" => self.any_key(command, &here),
            "DBSIZE" => {
                // Keys that are over count there until somebody looks.
                self.there(&Command::new("EXISTS").args(keys())).expect("a count");
                self.compare(command, &here)
            }
            _ => self.compare(command, &here),
        }
    }

    fn compare(&mut self, command: &Command, here: &Outcome) -> Verdict {
        let there = self.there(command);
        if compare::same(command, here, &there) {
            return Ok(());
        }
        Err(differs(command, here, &there))
    }

    /// What was taken here must be there, and is then taken there too.
    fn popped(&mut self, command: &Command, here: &Outcome) -> Verdict {
        let members = members(here);
        if members.is_empty() {
            return self.compare(command, here);
        }
        let wanted = match command.arguments().get(1) {
            Some(count) => std::str::from_utf8(count).unwrap().parse().unwrap(),
            None => 1,
        };
        let key = &command.arguments()[0];
        let size = self.there(&Command::new("SCARD").arg(key));
        let taken = self.there(&Command::new("SREM").arg(key).args(&members));
        let all = members.len() as i64;
        if size == Ok(Reply::Integer(all)) || wanted == all {
            return if taken == Ok(Reply::Integer(all)) {
                Ok(())
            } else {
                Err(differs(command, here, &taken))
            };
        }
        Err(differs(command, here, &size))
    }

    /// What was chosen here must be there, and be as much as is chosen there.
    fn chosen(&mut self, command: &Command, here: &Outcome) -> Verdict {
        let chosen = members(here);
        if chosen.is_empty() {
            return self.compare(command, here);
        }
        let there = self.there(command);
        let key = &command.arguments()[0];
        let known = self.there(&Command::new("SMISMEMBER").arg(key).args(&chosen));
        let all = Ok(Reply::Array(vec![Reply::Integer(1); chosen.len()]));
        let same_kind = matches!(here, Ok(Reply::Bulk(_))) == matches!(there, Ok(Reply::Bulk(_)));
        if known == all && members(&there).len() == chosen.len() && same_kind {
            return Ok(());
        }
        Err(differs(command, here, &there))
    }

    fn any_key(&mut self, command: &Command, here: &Outcome) -> Verdict {
        let [key] = members(here).try_into().unwrap_or([Vec::new()]);
        if !matches!(here, Ok(Reply::Bulk(_))) {
            return self.compare(command, here);
        }
        let there = self.there(&Command::new("EXISTS").arg(key));
        if there == Ok(Reply::Integer(1)) { Ok(()) } else { Err(differs(command, here, &there)) }
    }

    /// Commands that answer at random would part the two.
    fn whole(&mut self, commands: &[Command]) -> Verdict {
        let random = ["SPOP", "SRANDMEMBER", "RANDOMKEY", "DBSIZE"];
        let commands: Vec<Command> = commands
            .iter()
            .filter(|command| !random.contains(&command.name().as_str()))
            .cloned()
            .collect();
        let here = self.engine.transaction(&commands, now());
        self.redis.say("MULTI").expect("MULTI");
        for command in &commands {
            // `QUEUED`, or why not: `EXEC` remembers.
            let _ = self.there(command);
        }
        match (here, self.redis.say("EXEC")) {
            (Ok(here), Ok(Reply::Array(there))) => whole_outcomes(&commands, &here, there),
            (Err(here), Err(there)) if here == there => Ok(()),
            (here, there) => Err(format!("EXEC: here {here:?}, in Redis {there:?}")),
        }
    }

    /// Compares all that is there.
    fn state(&mut self) -> Verdict {
        self.single(&Command::new("DBSIZE"))?;
        for key in keys() {
            let kind = Command::new("TYPE").arg(key);
            self.single(&kind)?;
            self.single(&Command::new("PTTL").arg(key))?;
            let read = match self.here(&kind) {
                Ok(Reply::Status(kind)) if kind == "string" => "GET",
                Ok(Reply::Status(kind)) if kind == "set" => "SMEMBERS",
                Ok(Reply::Status(kind)) if kind == "hash" => "HGETALL",
                _ => continue,
            };
            self.single(&Command::new(read).arg(key))?;
        }
        Ok(())
    }
}

fn whole_outcomes(commands: &[Command], here: &[Outcome], there: Vec<Reply>) -> Verdict {
    if here.len() != there.len() {
        return Err(format!("EXEC: {} outcomes here, {} in Redis", here.len(), there.len()));
    }
    for ((command, here), there) in commands.iter().zip(here).zip(there) {
        let there = match there {
            Reply::Status(text) if text.starts_with('-') => Err(RedisError(text[1..].to_owned())),
            reply => Ok(reply),
        };
        if !compare::same(command, here, &there) {
            return Err(differs(command, here, &there));
        }
    }
    Ok(())
}

fn members(outcome: &Outcome) -> Vec<Vec<u8>> {
    let bytes = |reply: &Reply| reply.as_bytes().expect("a string").to_vec();
    match outcome {
        Ok(Reply::Array(all)) => all.iter().map(bytes).collect(),
        Ok(reply @ Reply::Bulk(_)) => vec![bytes(reply)],
        _ => Vec::new(),
    }
}

fn differs(command: &Command, here: &Outcome, there: &Outcome) -> String {
    format!("{}\n    here     {here:?}\n    in Redis {there:?}", spelled(command))
}

/// The same failure, or another, in fewer steps.
pub(crate) fn shortened(
    server: &Server,
    mut steps: Vec<Step>,
    mut why: String,
) -> (Vec<Step>, String) {
    let mut place = steps.len();
    while place > 0 {
        place -= 1;
        let mut fewer = steps.clone();
        fewer.remove(place);
        if let Err(other) = Pair::new(server).play(&fewer) {
            (steps, why) = (fewer, other);
        }
    }
    (steps, why)
}

//! Pipelines and transactions.

use super::{Case, HOW, Verdict, WRONG_TYPE, bulk, fails, same};
use crate::commands::{exists, get, sadd};
use crate::{Command, Environment, Error, Outcome, Refusal, Reply, Transport};

pub(super) async fn check<T: Transport, E: Environment>(case: &Case<'_, T, E>) -> Verdict {
    let (key, commands) = mixed(case).await?;
    let outcomes = case.client.pipeline(&commands, HOW).await;
    mixed_outcomes("a pipeline", &outcomes.map_err(|error| error.to_string())?)?;
    case.gives(&get(&key), Some(b"2".to_vec())).await?;
    let (key, commands) = mixed(case).await?;
    let outcomes = case.client.transaction(&commands, HOW).await;
    mixed_outcomes("a transaction", &outcomes.map_err(|error| error.to_string())?)?;
    case.gives(&get(&key), Some(b"2".to_vec())).await?;
    discarded(case).await
}

/// Commands of which the second fails, and the key that the others write.
async fn mixed<T: Transport, E: Environment>(
    case: &Case<'_, T, E>,
) -> Result<(String, Vec<Command>), String> {
    let (key, set) = (case.key("many"), case.key("many members"));
    case.ask(&sadd(&set, ["m"])).await?;
    let write = |value: &str| Command::new("SET").arg(&key).arg(value);
    let read = |key: &str| Command::new("GET").arg(key);
    let commands = vec![write("1"), read(&set), read(&key), write("2"), read("no such key")];
    Ok((key, commands))
}

fn mixed_outcomes(what: &str, outcomes: &[Outcome]) -> Verdict {
    let [first, second, rest @ ..] = outcomes else {
        return Err(format!("{what}: {} outcomes for 5 commands", outcomes.len()));
    };
    same(what, first, &Ok(Reply::ok()))?;
    fails(what, second, WRONG_TYPE)?;
    same(what, &rest.to_vec(), &vec![Ok(bulk("1")), Ok(Reply::ok()), Ok(Reply::Null)])
}

/// A command that Redis does not know discards a transaction, and nothing of it has run.
async fn discarded<T: Transport, E: Environment>(case: &Case<'_, T, E>) -> Verdict {
    let key = case.key("discarded");
    let commands = [Command::new("SET").arg(&key).arg("1"), Command::new("NOSUCHCOMMAND")];
    match case.client.transaction(&commands, HOW).await {
        Err(Error::Refused(Refusal::Discarded(_))) => case.gives(&exists(&key), false).await,
        other => Err(format!("a bad transaction: wanted it discarded, got {other:?}")),
    }
}

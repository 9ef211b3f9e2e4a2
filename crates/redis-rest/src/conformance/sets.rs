//! Sets.

use super::{Case, Verdict, WRONG_TYPE};
use crate::commands::{exists, sadd, scard, set, sismember, smembers, smismember, srem};
use crate::{Command, Environment, Transport};

pub(super) async fn check<T: Transport, E: Environment>(case: &Case<'_, T, E>) -> Verdict {
    members(case).await?;
    errors(case).await
}

async fn members<T: Transport, E: Environment>(case: &Case<'_, T, E>) -> Verdict {
    let key = case.key("set");
    case.gives(&smembers(&key), Vec::new()).await?;
    case.gives(&scard(&key), 0).await?;
    case.gives(&sadd(&key, ["a", "b", "a", ""]), 3).await?;
    case.gives(&sadd(&key, ["b", "c"]), 1).await?;
    case.gives(&scard(&key), 4).await?;
    case.gives(&sismember(&key, "a"), true).await?;
    case.gives(&sismember(&key, "z"), false).await?;
    case.gives(&smismember(&key, ["z", "", "a", "a"]), vec![false, true, true, true]).await?;
    case.gives(&smismember(case.key("no set"), ["a"]), vec![false]).await?;
    let mut all = case.ask(&smembers(&key)).await?;
    all.sort();
    super::same("SMEMBERS", &all, &["", "a", "b", "c"].map(|m| m.as_bytes().to_vec()).to_vec())?;
    case.gives(&srem(&key, ["a", "z", ""]), 2).await?;
    case.gives(&srem(&key, ["b", "c"]), 2).await?;
    // A set without members is no key.
    case.gives(&exists(&key), false).await?;
    case.gives(&srem(&key, ["b"]), 0).await
}

async fn errors<T: Transport, E: Environment>(case: &Case<'_, T, E>) -> Verdict {
    let key = case.key("set of another type");
    case.ask(&set(&key, "v")).await?;
    for name in ["SADD", "SREM", "SISMEMBER", "SMISMEMBER"] {
        case.fails(Command::new(name).arg(&key).arg("m"), WRONG_TYPE).await?;
        let wanted = format!("ERR wrong number of arguments for '{}' command", name.to_lowercase());
        case.fails(Command::new(name).arg(&key), &wanted).await?;
    }
    for name in ["SMEMBERS", "SCARD"] {
        case.fails(Command::new(name).arg(&key), WRONG_TYPE).await?;
    }
    case.fails(Command::new("SSCAN").arg(&key).arg("0"), WRONG_TYPE).await
}

//! Keys, whatever they hold.

use super::strings::lives;
use super::{Case, Verdict};
use crate::commands::{Kind, Ttl, del, exists, expire, kind, pexpire, sadd, set, ttl};
use crate::{Command, Environment, Transport};

pub(super) async fn check<T: Transport, E: Environment>(case: &Case<'_, T, E>) -> Verdict {
    existence(case).await?;
    lifetimes(case).await?;
    kinds(case).await
}

async fn existence<T: Transport, E: Environment>(case: &Case<'_, T, E>) -> Verdict {
    let key = case.key("key");
    case.gives(&exists(&key), false).await?;
    case.gives(&del(&key), false).await?;
    case.ask(&set(&key, "v")).await?;
    case.gives(&exists(&key), true).await?;
    case.gives(&del(&key), true).await?;
    case.gives(&exists(&key), false).await
}

async fn lifetimes<T: Transport, E: Environment>(case: &Case<'_, T, E>) -> Verdict {
    let key = case.key("lifetime of a key");
    case.gives(&ttl(&key), Ttl::Missing).await?;
    case.gives(&expire(&key, 100), false).await?;
    case.ask(&sadd(&key, ["m"])).await?;
    case.gives(&ttl(&key), Ttl::Forever).await?;
    case.gives(&expire(&key, 100), true).await?;
    lives(case, &key, 100).await?;
    case.gives(&pexpire(&key, 500_000), true).await?;
    lives(case, &key, 500).await?;
    // Members come and go within the lifetime of their set.
    case.ask(&sadd(&key, ["n"])).await?;
    lives(case, &key, 500).await?;
    case.gives(&expire(&key, -1), true).await?;
    case.gives(&ttl(&key), Ttl::Missing).await?;
    let no_number = Command::new("EXPIRE").arg(&key).arg("soon");
    case.fails(no_number, "ERR value is not an integer or out of range").await
}

async fn kinds<T: Transport, E: Environment>(case: &Case<'_, T, E>) -> Verdict {
    let key = case.key("kind");
    case.gives(&kind(&key), Kind::None).await?;
    case.ask(&set(&key, "v")).await?;
    case.gives(&kind(&key), Kind::String).await?;
    case.ask(&del(&key)).await?;
    case.ask(&sadd(&key, ["m"])).await?;
    case.gives(&kind(&key), Kind::Set).await
}

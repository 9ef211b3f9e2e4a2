//! Hashes, for other users of a store: nothing of ours writes them.

use super::{Case, Verdict, WRONG_TYPE, bulk};
use crate::commands::set;
use crate::{Command, Environment, Reply, Transport};

pub(super) async fn check<T: Transport, E: Environment>(case: &Case<'_, T, E>) -> Verdict {
    let key = case.key("hash");
    let hash = |name: &str| Command::new(name).arg(&key);
    case.replies(hash("HGET").arg("f"), &Reply::Null).await?;
    case.replies(hash("HGETALL"), &Reply::Array(Vec::new())).await?;
    case.replies(hash("HSET").args(["f", "1", "g", "2"]), &Reply::Integer(2)).await?;
    case.replies(hash("HSET").args(["f", "3"]), &Reply::Integer(0)).await?;
    case.replies(hash("HGET").arg("f"), &bulk("3")).await?;
    case.replies(hash("HDEL").args(["g", "z"]), &Reply::Integer(1)).await?;
    case.replies(hash("HGETALL"), &Reply::Array(vec![bulk("f"), bulk("3")])).await?;
    case.replies(hash("TYPE"), &bulk("hash")).await?;
    case.fails(hash("GET"), WRONG_TYPE).await?;
    case.replies(hash("HDEL").arg("f"), &Reply::Integer(1)).await?;
    case.replies(hash("EXISTS"), &Reply::Integer(0)).await?;
    case.ask(&set(&key, "a string")).await?;
    case.fails(hash("HGET").arg("f"), WRONG_TYPE).await
}

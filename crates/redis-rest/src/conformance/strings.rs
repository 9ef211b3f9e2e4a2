//! Strings with all options of `SET` that are in use.

use super::{Case, Verdict, WRONG_TYPE};
use crate::commands::{Ttl, expire, get, mget, sadd, set, ttl};
use crate::{Command, Environment, Transport};

pub(super) async fn check<T: Transport, E: Environment>(case: &Case<'_, T, E>) -> Verdict {
    values(case).await?;
    conditions(case).await?;
    lifetimes(case).await?;
    errors(case).await
}

async fn values<T: Transport, E: Environment>(case: &Case<'_, T, E>) -> Verdict {
    let key = case.key("string");
    case.gives(&get(&key), None).await?;
    let long = "0123456789".repeat(10_000);
    for value in ["v", "", "OK", "12", "null", "a\"b\\c\r\n\t\0", "ä€😀\u{fffd}", "[1]", &long]
    {
        case.gives(&set(&key, value), true).await?;
        case.gives(&get(&key), Some(value.as_bytes().to_vec())).await?;
    }
    let odd = case.key("a b/c?d&e=%20:\u{e9}");
    case.gives(&set(&odd, "v"), true).await?;
    case.gives(&get(&odd), Some(b"v".to_vec())).await?;
    let both = vec![Some(b"v".to_vec()), None, Some(long.into_bytes())];
    case.gives(&mget([&odd, &case.key("none"), &key]), both).await
}

async fn conditions<T: Transport, E: Environment>(case: &Case<'_, T, E>) -> Verdict {
    let key = case.key("condition");
    case.gives(&set(&key, "1").xx(), false).await?;
    case.gives(&get(&key), None).await?;
    case.gives(&set(&key, "2").nx(), true).await?;
    case.gives(&set(&key, "3").nx(), false).await?;
    case.gives(&get(&key), Some(b"2".to_vec())).await?;
    case.gives(&set(&key, "4").xx(), true).await?;
    case.gives(&get(&key), Some(b"4".to_vec())).await
}

async fn lifetimes<T: Transport, E: Environment>(case: &Case<'_, T, E>) -> Verdict {
    let key = case.key("lifetime");
    case.gives(&set(&key, "1").ex(100), true).await?;
    lives(case, &key, 100).await?;
    case.gives(&set(&key, "2").keep_ttl(), true).await?;
    lives(case, &key, 100).await?;
    case.gives(&set(&key, "3").px(200_000), true).await?;
    lives(case, &key, 200).await?;
    case.gives(&set(&key, "4"), true).await?;
    case.gives(&ttl(&key), Ttl::Forever).await?;
    case.gives(&expire(&key, 300), true).await?;
    lives(case, &key, 300).await
}

/// A TTL, give or take what the check itself takes.
pub(super) async fn lives<T: Transport, E: Environment>(
    case: &Case<'_, T, E>,
    key: &str,
    seconds: u64,
) -> Verdict {
    match case.ask(&ttl(key)).await? {
        Ttl::Seconds(left) if left <= seconds && left + 20 >= seconds => Ok(()),
        other => Err(format!("TTL {key}: wanted about {seconds} s, got {other:?}")),
    }
}

async fn errors<T: Transport, E: Environment>(case: &Case<'_, T, E>) -> Verdict {
    let key = case.key("string of another type");
    case.ask(&sadd(&key, ["m"])).await?;
    case.fails(Command::new("GET").arg(&key), WRONG_TYPE).await?;
    case.gives(&mget([&key]), vec![None]).await?;
    case.gives(&set(&key, "now a string"), true).await?;
    let arguments = "ERR wrong number of arguments for 'get' command";
    case.fails(Command::new("GET"), arguments).await?;
    case.fails(Command::new("get").arg("a").arg("b"), arguments).await?;
    let set = |option: &str| Command::new("SET").arg(&key).arg("v").arg(option);
    case.fails(set("NONSENSE"), "ERR syntax error").await?;
    case.fails(set("NX").arg("XX"), "ERR syntax error").await?;
    case.fails(set("EX").arg("ten"), "ERR value is not an integer or out of range").await?;
    case.fails(set("EX").arg("0"), "ERR invalid expire time in 'set' command").await
}

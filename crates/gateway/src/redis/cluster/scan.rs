//! `SCAN` over a Cluster: one master after another. The cursor that a client holds is the node's own,
//! times the number of masters, plus which master it is; like any cursor, it says nothing to the client.

use redis_rest::{Command, Outcome, RedisError, Reply};

use super::nodes::Nodes;
use crate::redis::link::pipeline;
use crate::redis::{Unavailable, reply};

/// Goes one step.
pub(super) async fn run(nodes: &Nodes, command: &Command) -> Result<Outcome, Unavailable> {
    let view = nodes.view().await?;
    let count = view.map.masters.len();
    let Some((node, cursor)) = command.arguments().first().and_then(|given| split(given, count))
    else {
        return Ok(Err(RedisError("ERR invalid cursor".to_owned())));
    };
    let Some(host) = view.map.masters.get(node) else {
        return Ok(Err(RedisError("ERR invalid cursor".to_owned())));
    };
    let rest = command.arguments().iter().skip(1);
    let question = Command::new("SCAN").arg(cursor.to_string()).args(rest);
    let said =
        nodes.link(host).send(&pipeline(&[&question])).await.inspect_err(|_| nodes.suspect())?;
    let outcome = said.into_iter().next().map(reply::outcome);
    let lost = || Err(RedisError("ERR no node answered".to_owned()));
    Ok(outcome.unwrap_or_else(lost).map(|page| onward(page, node, count)))
}

/// Which master, and its own cursor.
fn split(given: &[u8], count: usize) -> Option<(usize, u128)> {
    let given: u128 = std::str::from_utf8(given).ok()?.parse().ok()?;
    let count = count as u128;
    let node = given.checked_rem(count)?;
    Some((usize::try_from(node).ok()?, given / count))
}

/// The same page with a cursor that finds its way back; the client is done when the last master is.
fn onward(page: Reply, node: usize, count: usize) -> Reply {
    let Reply::Array(mut parts) = page else { return page };
    if let Some(cursor) = parts.first_mut() {
        let own = cursor.as_bytes().and_then(|bytes| std::str::from_utf8(bytes).ok()?.parse().ok());
        *cursor = Reply::Bulk(next(own.unwrap_or(0), node, count).to_string().into_bytes());
    }
    Reply::Array(parts)
}

fn next(own: u128, node: usize, count: usize) -> u128 {
    match (own, node + 1) {
        (0, following) if following >= count => 0,
        (0, following) => following as u128,
        (own, _) => own * count as u128 + node as u128,
    }
}

#[cfg(test)]
mod tests {
    use super::{next, split};

    #[test]
    fn a_walk_visits_every_master_to_its_end_once() {
        // Each master's own cursors, which end in 0.
        let masters = [vec![7, 3, 0], vec![0], vec![5, 0]];
        let (mut given, mut seen) = (0, Vec::new());
        loop {
            let (node, own) = split(given.to_string().as_bytes(), masters.len()).unwrap();
            let step = masters[node].iter().position(|cursor| *cursor == own).filter(|_| own != 0);
            let following = masters[node][step.map_or(0, |step| step + 1)];
            seen.push((node, own));
            given = next(following, node, masters.len());
            if given == 0 {
                break;
            }
        }
        assert_eq!(seen, [(0, 0), (0, 7), (0, 3), (1, 0), (2, 0), (2, 5)]);
    }

    #[test]
    fn what_is_no_cursor_is_refused() {
        assert_eq!(split(b"x", 3), None);
        assert_eq!(split(b"-1", 3), None);
        assert_eq!(split(b"0", 0), None);
    }
}

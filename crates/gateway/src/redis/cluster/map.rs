//! Which node owns which slot.

use ::redis::Value;

use super::slot::SLOTS;
use crate::config::Host;
use crate::redis::reply::text;

/// The owners of all slots, as a node told them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Map {
    /// First slot, last slot, owner.
    ranges: Vec<(u16, u16, Host)>,
    /// The owners, each once, in an order that only depends on who they are.
    pub(super) masters: Vec<Host>,
}

impl Map {
    /// Reads the reply to `CLUSTER SLOTS`. A node that does not know its own name leaves it out: it is
    /// the one that was asked.
    pub(super) fn read(said: &Value, asked: &Host) -> Option<Self> {
        let Value::Array(rows) = said else { return None };
        let ranges: Vec<_> = rows.iter().map(|row| range(row, asked)).collect::<Option<_>>()?;
        let mut masters: Vec<Host> = ranges.iter().map(|(_, _, host)| host.clone()).collect();
        masters.sort();
        masters.dedup();
        Some(Self { ranges, masters })
    }

    pub(super) fn owner(&self, slot: u16) -> Option<&Host> {
        let found = self.ranges.iter().find(|(first, last, _)| (*first..=*last).contains(&slot));
        found.map(|(_, _, host)| host)
    }

    /// How many slots nobody owns.
    pub(super) fn missing(&self) -> usize {
        (0..SLOTS).filter(|slot| self.owner(*slot).is_none()).count()
    }
}

fn range(row: &Value, asked: &Host) -> Option<(u16, u16, Host)> {
    let Value::Array(parts) = row else { return None };
    let [Value::Int(first), Value::Int(last), Value::Array(master), ..] = parts.as_slice() else {
        return None;
    };
    let [name, Value::Int(port), ..] = master.as_slice() else { return None };
    let name = text(name).filter(|name| !matches!(*name, "" | "?")).unwrap_or(&asked.name);
    let host = Host { name: name.to_owned(), port: u16::try_from(*port).ok()? };
    Some((u16::try_from(*first).ok()?, u16::try_from(*last).ok()?, host))
}

#[cfg(test)]
mod tests {
    use ::redis::{Value, parse_redis_value};

    use super::{Host, Map};

    fn host(name: &str, port: u16) -> Host {
        Host { name: name.to_owned(), port }
    }

    fn said() -> Value {
        let named = "*3\r\n:0\r\n:5000\r\n*3\r\n$1\r\nb\r\n:1\r\n$2\r\nid\r\n";
        let nameless = "*3\r\n:5001\r\n:16000\r\n*3\r\n$-1\r\n:2\r\n$2\r\nid\r\n";
        parse_redis_value(format!("*2\r\n{named}{nameless}").as_bytes()).unwrap()
    }

    #[test]
    fn a_slot_has_the_owner_of_its_range() {
        let map = Map::read(&said(), &host("asked", 9)).unwrap();
        assert_eq!(map.owner(0), Some(&host("b", 1)));
        assert_eq!(map.owner(5000), Some(&host("b", 1)));
        assert_eq!(map.owner(5001), Some(&host("asked", 2)));
        assert_eq!(map.owner(16_001), None);
        assert_eq!(map.missing(), 383);
        assert_eq!(map.masters, [host("asked", 2), host("b", 1)]);
    }

    #[test]
    fn what_is_no_map_is_none() {
        assert_eq!(Map::read(&Value::Okay, &host("a", 1)), None);
        assert_eq!(Map::read(&Value::Array(vec![Value::Int(1)]), &host("a", 1)), None);
    }
}

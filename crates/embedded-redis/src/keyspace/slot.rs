//! Where a name lies among the others.

use presence::store::Value;

use crate::random::mix;

/// From 1 to 2⁵², so that 0 can begin and end a scan. Names with the same slot are no harm.
pub(super) fn slot(name: &[u8]) -> i64 {
    // FNV-1a, then mixed: its high bits alone say little about short names.
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    let hash = name.iter().fold(0xcbf2_9ce4_8422_2325, step);
    (mix(hash) >> 12) as i64 + 1
}

pub(super) fn value(name: &[u8]) -> Value {
    Value::Integer(slot(name))
}

#[cfg(test)]
mod tests {
    use super::slot;

    /// Rows that were written once are looked for there for ever.
    #[test]
    fn a_name_never_changes_its_slot() {
        assert_eq!([slot(b""), slot(b"presence:online")], PINNED);
    }

    const PINNED: [i64; 2] = [4_312_977_681_062_751, 3_660_167_187_480_501];

    #[test]
    fn slots_survive_the_edge() {
        for n in 0..1_000 {
            let slot = slot(format!("key:{n}").as_bytes());
            assert!((1..=1 << 52).contains(&slot));
        }
    }
}

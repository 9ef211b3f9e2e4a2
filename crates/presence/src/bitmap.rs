//! A set of small numbers in a few bytes: which slots of an audience are asleep, which are owed.

/// Grows as needed; absent bits are clear.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Bitmap(Vec<u8>);

impl Bitmap {
    /// From what was stored.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Self {
        Self(bytes.to_vec())
    }

    /// For storing.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Whether `slot` is in it.
    pub(crate) fn get(&self, slot: i64) -> bool {
        place(slot).is_some_and(|(byte, bit)| self.0.get(byte).is_some_and(|b| b & bit != 0))
    }

    /// Puts `slot` in or takes it out; true if that changed anything.
    pub(crate) fn put(&mut self, slot: i64, member: bool) -> bool {
        let Some((byte, bit)) = place(slot) else { return false };
        if self.get(slot) == member {
            return false;
        }
        if byte >= self.0.len() {
            self.0.resize(byte + 1, 0);
        }
        if let Some(b) = self.0.get_mut(byte) {
            *b ^= bit;
        }
        true
    }

    /// Whether nothing is in it.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.iter().all(|b| *b == 0)
    }
}

/// More than any audience has slots. A set of this size still fits into a row; a slot beyond it is in no
/// set, so that an odd number in a row cannot make one grow without bound.
const MOST: usize = 1 << 23;

fn place(slot: i64) -> Option<(usize, u8)> {
    let slot = usize::try_from(slot).ok().filter(|slot| *slot < MOST)?;
    Some((slot / 8, 1 << (slot % 8)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_in_is_there_and_nothing_else() {
        let mut set = Bitmap::default();
        for slot in [0, 7, 8, 1000] {
            assert!(set.put(slot, true));
            assert!(!set.put(slot, true), "a second time changes nothing");
        }
        assert_eq!(
            (set.get(0), set.get(1), set.get(1000), set.get(-1)),
            (true, false, true, false)
        );
        assert!(!set.put(1 << 52, true), "no set grows without bound");
        assert!(set.put(1000, false));
        let stored = Bitmap::from_bytes(set.as_bytes());
        assert_eq!((stored.get(8), stored.get(1000), stored.is_empty()), (true, false, false));
    }
}

//! Which slot a key is in, as the specification of Redis Cluster has it.

/// How many slots a Cluster has.
pub(super) const SLOTS: u16 = 16_384;

/// The slot of a key: CRC-16/XMODEM of it, or of what stands between its first `{` and the next `}`.
pub(super) fn of(key: &[u8]) -> u16 {
    crc16(hash_tag(key).unwrap_or(key)) % SLOTS
}

fn hash_tag(key: &[u8]) -> Option<&[u8]> {
    let open = key.iter().position(|byte| *byte == b'{')?;
    let rest = key.get(open + 1..)?;
    let tag = rest.get(..rest.iter().position(|byte| *byte == b'}')?)?;
    (!tag.is_empty()).then_some(tag)
}

fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, byte| {
        (0..8).fold(crc ^ (u16::from(*byte) << 8), |crc: u16, _| {
            if crc & 0x8000 == 0 { crc << 1 } else { (crc << 1) ^ 0x1021 }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::{crc16, of};

    #[test]
    fn the_check_of_the_specification_holds() {
        assert_eq!(crc16(b"123456789"), 0x31c3);
        assert_eq!(of(b"foo"), 12_182);
        assert_eq!(of(b"123456789"), 12_739);
    }

    #[test]
    fn a_hash_tag_decides_alone_if_it_has_something_in_it() {
        assert_eq!(of(b"{user1000}.following"), of(b"{user1000}.followers"));
        assert_eq!(of(b"a{user1000}b"), of(b"user1000"));
        assert_eq!(of(b"foo{{bar}}zap"), of(b"{bar"));
        assert_ne!(of(b"foo{}{bar}"), of(b"bar"));
        assert_ne!(of(b"foo{bar"), of(b"bar"));
    }
}

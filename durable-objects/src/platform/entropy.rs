//! Random bits, from the platform's own generator.

use presence::effects::Entropy;
use presence::ids::SocketKey;
use uuid::Uuid;

/// 122 random bits a UUID; two of them make 128.
pub(crate) struct Random;

impl Entropy for Random {
    fn bits(&mut self) -> [u8; 16] {
        let (one, other) = (Uuid::new_v4().into_bytes(), Uuid::new_v4().into_bytes());
        let mut bits = one;
        // The version and the variant of a UUID are no random bits: take other bytes there.
        for (at, from) in [(6, 0), (8, 1)] {
            if let (Some(fixed), Some(free)) = (bits.get_mut(at), other.get(from)) {
                *fixed = *free;
            }
        }
        bits
    }
}

/// A name for a new socket, which no other open socket has.
pub(crate) fn socket_key() -> SocketKey {
    SocketKey(Uuid::new_v4().as_u64_pair().1)
}

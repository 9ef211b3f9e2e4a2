// Which partition Java's own client picks for a key, written down a second time (murmur2, as Kafka's Utils has it).
const M = 0x5bd1e995;
const SEED = 0x9747b28c;

/** 32 bits, signed, of the bytes. */
export function murmur2(bytes) {
  let h = SEED ^ bytes.length;
  const whole = bytes.length - (bytes.length % 4);
  for (let at = 0; at < whole; at += 4) {
    let k = Math.imul(bytes.readInt32LE(at), M);
    k ^= k >>> 24;
    h = Math.imul(h, M) ^ Math.imul(k, M);
  }
  const rest = bytes.subarray(whole);
  if (rest.length > 0) {
    for (const [at, byte] of rest.entries()) h ^= byte << (8 * at);
    h = Math.imul(h, M);
  }
  h ^= h >>> 13;
  h = Math.imul(h, M);
  return h ^ (h >>> 15);
}

/** Of a key that is text. */
export const partitionOf = (key, partitions) => (murmur2(Buffer.from(key)) & 0x7fff_ffff) % partitions;

// Random frames from a seed: the same ones in every run.
export const VERSIONS = ['1.0', '1.1', '1.2'];
export const WITH_BODY = ['SEND', 'MESSAGE', 'ERROR'];
export const HANDSHAKE = ['CONNECT', 'STOMP', 'CONNECTED'];
const OTHERS = ['SUBSCRIBE', 'UNSUBSCRIBE', 'ACK', 'NACK', 'BEGIN', 'COMMIT', 'ABORT', 'DISCONNECT', 'RECEIPT'];
// Those with a body are the ones with most to go wrong.
const COMMANDS = [...WITH_BODY, ...WITH_BODY, ...WITH_BODY, ...HANDSHAKE, ...OTHERS];

const PLAIN = [...'abcdefghijklmnopqrstuvwxyz-_/.=@'];
const SPECIAL = ['\\', '\\', ':', '\n', '\r', ' ', '\t', 'é', '☎', '🦀', '\u2028', '"', 'n', 'c', 'r'];

/** Mulberry32: 32 bits of state are enough for a few thousand frames. */
export function randomFrom(seed) {
  let state = seed;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (end) => Math.floor(next() * end);
  const pick = (list) => list[below(list.length)];
  const times = (count, make) => Array.from({ length: count }, make);
  return { below, pick, times };
}

/** Characters that a header of this frame cannot carry: where there is no escape for them. */
function unsayable(version, command, part) {
  const escapes = version !== '1.0' && !HANDSHAKE.includes(command);
  if (!escapes) return part === 'name' ? ['\n', '\r', ':'] : ['\n', '\r'];
  return version === '1.1' ? ['\r'] : [];
}

function text(random, longest, forbidden) {
  const letter = () => random.pick(random.below(3) === 0 ? SPECIAL : PLAIN);
  const letters = random.times(random.below(longest), letter);
  const kept = letters.filter((one) => !forbidden.includes(one)).join('');
  // 1.0 is trimmed, and so are frames of the handshake that name no version.
  return kept.trim();
}

function body(random, command) {
  if (!WITH_BODY.includes(command)) return Buffer.alloc(0);
  const longest = random.pick([1, 40, 40, 300, 3000]);
  const few = random.below(2) === 0;
  return Buffer.from(random.times(random.below(longest), () => (few ? random.pick([0, 10, 13, 120]) : random.below(256))));
}

/** A frame with any name and value that its version can say, repeated headers included. */
export function anyFrame(random, version) {
  const command = random.pick(COMMANDS);
  const part = (kind, longest) => text(random, longest, unsayable(version, command, kind));
  const header = () => [part('name', 14) || 'x', part('value', 40)];
  const headers = random.times(random.below(8), header);
  if (headers.length > 1 && random.below(4) === 0) headers.push([headers[0][0], 'a later value']);
  return { version, command, headers, body: body(random, command) };
}

/** The same with plain names, none of them twice, since stompjs neither escapes names nor repeats them. */
export function plainlyNamed(random, version) {
  const frame = anyFrame(random, version);
  const headers = frame.headers.map(([, value], at) => [`${random.pick(['id', 'x-y', 'key'])}${at}`, value]);
  return { ...frame, headers };
}

// Mutations below the messages: bytes of RFC 6455 as no library would send them.

/** A frame as a client sends it, masked as `random` says; what stands last breaks it. */
export function wireFrame(random, opcode, payload = Buffer.alloc(0), { fin = true, rsv = 0, masked = true, length = payload.length } = {}) {
  const first = (fin ? 0x80 : 0) | (rsv << 4) | opcode;
  const mask = masked ? 0x80 : 0;
  const size = length < 126 ? Buffer.from([first, mask | length]) : Buffer.from([first, mask | 126, length >> 8, length & 0xff]);
  if (!masked) return Buffer.concat([size, payload]);
  const key = random.bytes(4);
  return Buffer.concat([size, key, payload.map((byte, at) => byte ^ key[at % 4])]);
}

const TEXT = 1;
const CONTINUE = 0;
const CLOSE = 8;
const PING = 9;
const PONG = 10;
const JSON_BEAT = Buffer.from('{"type":"heartbeat","id":"w"}');

/** Codes that an endpoint must not send, or that mean nothing. */
export const BAD_CODES = [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535];

/** The payload of a close. */
export const closePayload = (code, reason = Buffer.alloc(0)) => Buffer.concat([Buffer.from([code >> 8, code & 0xff]), reason]);

/** Legal, though few clients do it: the session goes on. */
const LEGAL = [
  (random) => Buffer.concat([wireFrame(random, TEXT, JSON_BEAT.subarray(0, 5), { fin: false }), wireFrame(random, PING, Buffer.from('p')), wireFrame(random, CONTINUE, JSON_BEAT.subarray(5))]),
  (random) => wireFrame(random, PONG, Buffer.from('nobody asked')),
  (random) => Buffer.concat(Array.from({ length: 50 }, () => wireFrame(random, PING, Buffer.alloc(125)))),
  (random) => Buffer.concat([...Array.from({ length: 20 }, (_, n) => wireFrame(random, n === 0 ? TEXT : CONTINUE, Buffer.alloc(0), { fin: false })), wireFrame(random, CONTINUE, JSON_BEAT)]),
];

const BROKEN = [
  (random) => wireFrame(random, random.pick([3, 4, 7, 11, 15]), JSON_BEAT),
  (random) => wireFrame(random, TEXT, JSON_BEAT, { rsv: random.int(1, 7) }),
  (random) => wireFrame(random, TEXT, JSON_BEAT, { masked: false }),
  (random) => wireFrame(random, PING, Buffer.alloc(126)),
  (random) => wireFrame(random, PING, Buffer.alloc(1), { fin: false }),
  (random) => wireFrame(random, CONTINUE, JSON_BEAT),
  (random) => Buffer.concat([wireFrame(random, TEXT, JSON_BEAT, { fin: false }), wireFrame(random, TEXT, JSON_BEAT)]),
  (random) => wireFrame(random, CLOSE, Buffer.from([3])),
  (random) => wireFrame(random, CLOSE, closePayload(random.pick(BAD_CODES))),
  (random) => wireFrame(random, CLOSE, closePayload(1000, Buffer.from([0xff, 0xfe]))),
  (random) => wireFrame(random, CLOSE, closePayload(1000, Buffer.alloc(200, 120))),
  () => Buffer.from([0x81, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
  () => Buffer.from([0x81, 0xfe, 0xff, 0xff, 1, 2, 3, 4, 5]),
  (random) => random.bytes(random.int(1, 200)),
  () => Buffer.from('GET /health HTTP/1.1\r\nhost: x\r\n\r\n'),
];

const at = (random, steps, step) => {
  const place = random.int(1, Math.max(1, steps.length));
  return [...steps.slice(0, place), step, ...steps.slice(place)];
};

/** Both kinds by name. `broken` steps end what can be said of the connection. */
export const BELOW = {
  'odd but legal framing': (random, steps) => at(random, steps, { do: 'wire', bytes: random.pick(LEGAL)(random), broken: false }),
  'broken framing': (random, steps) => at(random, steps, { do: 'wire', bytes: random.pick(BROKEN)(random), broken: true }),
};

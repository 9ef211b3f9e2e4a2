// What is done to the inside of one frame, of either protocol: `(random, step)` gives one step or several.
import { CONTENT_LENGTHS, JSON_TEXTS, NO_UTF8, TEXTS } from './nasty.mjs';
import { bytesOf, send, textOf } from './steps.mjs';

const inserted = (random, step, what) => {
  const bytes = bytesOf(step);
  const at = random.int(0, bytes.length);
  return send(Buffer.concat([bytes.subarray(0, at), Buffer.from(what), bytes.subarray(at)]));
};

/** A value of the JSON in the frame, be it the frame itself or its body, as another value. */
function wrongType(random, step) {
  const values = [...textOf(step).matchAll(/"(?:[^"\\]|\\.)*"(?!\s*:)|\btrue\b|\bfalse\b|\bnull\b|(?<=[:,[])-?\d+/g)];
  if (values.length === 0) return inserted(random, step, random.pick(JSON_TEXTS));
  const { 0: old, index } = random.pick(values);
  const text = textOf(step);
  return send(`${text.slice(0, index)}${random.pick(JSON_TEXTS)}${text.slice(index + old.length)}`);
}

/** The value of a header (or a member) as another text. */
function wrongText(random, step) {
  const text = textOf(step);
  const values = [...text.matchAll(/(?<=:)[^\n,}]+/g)];
  if (values.length === 0) return send(text + random.pick(TEXTS));
  const { 0: old, index } = random.pick(values);
  return send(`${text.slice(0, index)}${random.pick(TEXTS)}${text.slice(index + old.length)}`);
}

/** Ever deeper: as a frame, as the body of a frame, as a member. */
function deep(random, step) {
  const levels = random.pick([100, 127, 128, 129, 1_000, 10_000, 30_000]);
  const [open, close] = random.pick([['[', ']'], ['{"a":', '}'], ['[{"a":', '}]']]);
  const core = `${open.repeat(levels)}0${random.once(4) ? '' : close.repeat(levels)}`;
  return random.pick([
    send(core),
    send(`{"type":"message.send","id":"deep","to":"ada","content":${core}}`),
    send(`SEND\ndestination:/app/message.send\n\n{"to":"ada","content":${core}}\0`),
  ]);
}

function manyHeaders(random, step) {
  const count = random.pick([63, 64, 65, 500, 3_000]);
  const text = textOf(step);
  const end = text.indexOf('\n');
  const lines = Array.from({ length: count }, (_, n) => `h${random.once(2) ? n : 0}:x`).join('\n');
  if (!text.startsWith('{') && end >= 0) return send(`${text.slice(0, end)}\n${lines}${text.slice(end)}`);
  const members = Array.from({ length: count }, (_, n) => `"h${n}":${n}`).join(',');
  return send(text.startsWith('{') ? `{${members},${text.slice(1)}` : `{${members}}`);
}

function lyingLength(random, step) {
  const text = textOf(step).replace(/\ncontent-length:\d*/, '');
  const end = text.indexOf('\n');
  return send(end < 0 ? text : `${text.slice(0, end)}\ncontent-length:${random.pick(CONTENT_LENGTHS)}${text.slice(end)}`);
}

const STRANGERS = [
  'CONNECT\naccept-version:1.2\nhost:x\n\n\0', 'CONNECT\naccept-version:9.9\nhost:x\n\n\0', 'BEGIN\ntransaction:t\n\n\0', 'ACK\nid:1\n\n\0',
  'MESSAGE\ndestination:/user/queue/presence\nmessage-id:1\nsubscription:s0\n\n{}\0', 'ERROR\n\n\0', 'HELLO\n\n\0', '\0', '\0\0\0',
  '{"type":"welcome"}', '{"type":"presence","userId":"ada","online":true,"version":9}', '{"type":"heartbeat","id":"x"}', '{"type":7}', '[]', '{', 'null',
  'SUBSCRIBE\nid:z\ndestination:/topic/presence.*\n\n\0', 'SEND\ndestination:/app/../call\n\n{}\0', 'GET / HTTP/1.1\r\nhost: x\r\n\r\n',
];

/** Every change to a frame by its name. */
export const CONTENTS = {
  'a value of another type': wrongType,
  'a text that is nasty': wrongText,
  'too deep': deep,
  'too many headers': manyHeaders,
  'a length that lies': lyingLength,
  'a header that is too long': (random, step) => send(textOf(step).replace('\n', `\nh:${'x'.repeat(random.pick([8_191, 8_192, 8_193, 20_000]))}\n`)),
  'too large': (random, step) => send(textOf(step) + 'x'.repeat(random.pick([64_000, 65_536, 70_000, 300_000, 1_100_000]))),
  'NULs in it': (random, step) => inserted(random, step, Buffer.alloc(random.pick([1, 1, 1, 100]))),
  'no UTF-8': (random, step) => inserted(random, step, random.pick(NO_UTF8)),
  'no UTF-8, as bytes': (random, step) => send(inserted(random, step, random.pick(NO_UTF8)).data, true),
  'words of a stranger': (random, step) => [step, send(random.pick(STRANGERS))],
  noise: (random) => send(random.bytes(random.int(0, 300)), random.once(2)),
};

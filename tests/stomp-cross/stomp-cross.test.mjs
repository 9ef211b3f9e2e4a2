// Our STOMP codec against the one of @stomp/stompjs, in both directions, for thousands of random frames.
import assert from 'node:assert/strict';
import { test } from 'node:test';
// The package exports only its client; parser and frame are reached by their files.
import { FrameImpl } from '../../node_modules/@stomp/stompjs/esm6/frame-impl.js';
import { Parser } from '../../node_modules/@stomp/stompjs/esm6/parser.js';
import { encodeAll, parseAll } from './codec.mjs';
import { HANDSHAKE, VERSIONS, WITH_BODY, anyFrame, plainlyNamed, randomFrom } from './random.mjs';

const FRAMES_PER_VERSION = 2_000;
const hex = (bytes) => Buffer.from(bytes).toString('hex');
const escapes = ({ version, command }) => version !== '1.0' && !HANDSHAKE.includes(command);
const LETTERS = { '\\n': '\n', '\\c': ':', '\\r': '\r', '\\\\': '\\' };

/** Escapes undone in one pass; stompjs' own way replaces one kind after another and takes `\\n` for a line end. */
const unescape = (text) => text.replace(/\\./gs, (pair) => LETTERS[pair] ?? assert.fail(`undefined escape ${pair}`));

/** What stompjs' parser makes of these bytes: raw frames and heart-beats, in order. */
function readByStompJs(bytes) {
  const events = [];
  const parser = new Parser((frame) => events.push(frame), () => events.push('beat'));
  parser.parseChunk(bytes);
  return events;
}

/** The headers as they are read back: a body is announced after them. */
const announced = ({ headers, body }) =>
  body.length > 0 ? [...headers, ['content-length', String(body.length)]] : headers;

for (const version of VERSIONS) {
  test(`stompjs reads what we encode in ${version}`, () => {
    const random = randomFrom(1);
    const frames = random.times(FRAMES_PER_VERSION, () => anyFrame(random, version));
    for (const [at, bytes] of encodeAll(frames).entries()) {
      const frame = frames[at];
      const events = readByStompJs(bytes);
      assert.equal(events.length, 1, `one frame of ${JSON.stringify(`${bytes}`)}`);
      const decode = escapes(frame) ? unescape : (text) => text;
      assert.deepEqual(
        { command: events[0].command, headers: events[0].headers.map((header) => header.map(decode)), body: hex(events[0].binaryBody) },
        { command: frame.command, headers: announced(frame), body: hex(frame.body) },
      );
    }
  });

  test(`an application of stompjs sees what we encode in ${version}`, () => {
    const random = randomFrom(2);
    const withoutBackslash = ([name, value]) => [name, value.replaceAll('\\', '/')];
    const frames = random.times(FRAMES_PER_VERSION, () => {
      const frame = plainlyNamed(random, version);
      return { ...frame, headers: [...frame.headers.map(withoutBackslash), ['twice', 'first'], ['twice', 'second']] };
    });
    for (const [at, bytes] of encodeAll(frames).entries()) {
      const frame = frames[at];
      const seen = FrameImpl.fromRawFrame(readByStompJs(bytes)[0], version !== '1.0');
      const expected = Object.fromEntries(announced(frame).toReversed());
      assert.deepEqual(seen.headers, expected);
      assert.equal(hex(seen.binaryBody), hex(frame.body));
      assert.equal(expected.twice, 'first');
    }
  });

  test(`we read what stompjs encodes in ${version}, in pieces of any size`, () => {
    const random = randomFrom(3);
    const streams = random.times(FRAMES_PER_VERSION / 10, () => stream(random, version));
    for (const [at, events] of parseAll(streams).entries()) {
      assert.deepEqual(events, streams[at].expected);
    }
  });
}

test('a carriage return escaped as in 1.2 is an error in 1.1, as its specification demands', () => {
  const bytes = Buffer.from(FrameImpl.marshall({ command: 'SEND', headers: { a: '\r' }, escapeHeaderValues: true }));
  const [older, newer] = parseAll([{ version: '1.1', size: 9, bytes }, { version: '1.2', size: 9, bytes }]);
  assert.deepEqual(older, [{ kind: 'error', code: 'malformed_frame' }]);
  assert.deepEqual(newer, [{ kind: 'frame', command: 'SEND', headers: [['a', '\r']], body: '' }]);
});

/** Ten frames as a client of stompjs sends them, with heart-beats between some, and what they must be read as. */
function stream(random, version) {
  const parts = [];
  const expected = [];
  random.times(10, () => {
    const { bytes, frame } = marshalled(random, version);
    parts.push(bytes);
    expected.push({ kind: 'frame', ...frame });
    if (random.below(3) > 0) return;
    parts.push(Buffer.from('\n'));
    expected.push({ kind: 'beat' });
  });
  return { version, size: random.pick([1, 2, 3, 7, 64, 1000, 100_000]), bytes: Buffer.concat(parts), expected };
}

function marshalled(random, version) {
  const { command, headers, body } = plainlyNamed(random, version);
  const asText = random.below(2) === 0;
  const skipContentLengthHeader = asText && random.below(2) === 0;
  // Without its length a body ends at the first NUL.
  const words = body.toString('latin1').replaceAll('\0', skipContentLengthHeader ? '' : '\0');
  const content = asText ? { body: words } : { binaryBody: new Uint8Array(body) };
  const sent = FrameImpl.marshall({
    command,
    headers: Object.fromEntries(headers),
    ...(WITH_BODY.includes(command) ? content : {}),
    // It would escape a STOMP frame, which it never sends; that command is read in the manner of CONNECT.
    escapeHeaderValues: version !== '1.0' && command !== 'STOMP',
    skipContentLengthHeader,
  });
  const bytes = Buffer.from(sent);
  const whole = asText ? Buffer.from(words) : body;
  // stompjs announces a binary body even if it is empty.
  const length = WITH_BODY.includes(command) && (asText ? !skipContentLengthHeader && whole.length > 0 : true);
  const read = length ? [...headers, ['content-length', String(whole.length)]] : headers;
  return { bytes, frame: { command, headers: read, body: hex(whole) } };
}

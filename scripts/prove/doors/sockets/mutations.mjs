// The ways in which a history is spoilt; each takes `(random, steps)` and gives other steps. All are counted: one that
// was never used is a failure of the fuzzer.
import { BELOW } from './below.mjs';
import { CONTENTS } from './contents.mjs';
import { bytesOf, frames, replaced, send } from './steps.mjs';

/** Does `change` to one frame; a history without frames stays as it is. */
const toOne = (change) => (random, steps) => {
  const places = frames(steps);
  if (places.length === 0) return steps;
  const at = random.pick(places);
  return replaced(steps, at, ...[change(random, steps[at])].flat());
};

const cut = toOne((random, step) => {
  const bytes = bytesOf(step);
  return send(bytes.subarray(0, random.int(0, bytes.length)));
});

const split = toOne((random, step) => {
  const bytes = bytesOf(step);
  const size = random.int(1, Math.max(1, Math.ceil(bytes.length / 4)));
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) => send(bytes.subarray(n * size, (n + 1) * size)));
});

const flipped = toOne((random, step) => {
  const bytes = Buffer.from(bytesOf(step));
  if (bytes.length === 0) return step;
  // Of seven bits, so that it mostly stays text and gets past the platform.
  for (let n = random.int(1, 6); n > 0; n -= 1) bytes[random.int(0, bytes.length - 1)] ^= 1 << random.int(0, 6);
  return send(bytes);
});

function reordered(random, steps) {
  const places = frames(steps);
  const mixed = random.shuffled(places.map((at) => steps[at]));
  return steps.map((step) => (step.do === 'send' ? mixed.shift() : step));
}

function merged(random, steps) {
  const all = frames(steps).map((at) => bytesOf(steps[at]));
  const from = random.int(0, Math.max(0, all.length - 2));
  const together = all.slice(from, from + random.int(2, 20));
  return [...all.slice(0, from), Buffer.concat(together), ...all.slice(from + together.length)].map((data) => send(data));
}

/** Half of the last frame, and then nothing. */
function halfThenSilence(random, steps) {
  const places = frames(steps);
  if (places.length === 0) return steps;
  const at = places[random.int(0, places.length - 1)];
  const bytes = bytesOf(steps[at]);
  return [...steps.slice(0, at), send(bytes.subarray(0, Math.max(1, Math.floor(bytes.length / 2))))];
}

/** The goodbye of either protocol in the middle: what follows must change nothing. */
function afterGoodbye(random, steps) {
  const goodbye = random.pick(['DISCONNECT\nreceipt:bye\n\n\0', 'DISCONNECT\n\n\0', '{"type":"leave","id":"bye"}']);
  const at = random.int(1, Math.max(1, steps.length - 1));
  return [...steps.slice(0, at), send(goodbye), ...steps.slice(at)];
}

const flood = (random, steps) => {
  const text = random.pick(['\n', '\n', '\r\n', ' ', '', '\n\n', '\0']);
  const many = Array.from({ length: random.int(50, 500) }, () => send(text));
  const at = random.int(0, steps.length);
  return [...steps.slice(0, at), ...many, ...steps.slice(at)];
};

const evicted = (random, steps) => steps.flatMap((step) => (random.once(3) ? [step, { do: 'evict' }] : [step]));

/** Every mutation by its name. */
export const MUTATIONS = {
  'bits flipped': flipped,
  'a frame cut': cut,
  'a frame in pieces': split,
  'a frame doubled': toOne((random, step) => Array(random.int(2, 4)).fill(step)),
  'a frame left out': toOne(() => []),
  'frames reordered': reordered,
  'frames merged': merged,
  'a frame as bytes': toOne((random, step) => send(bytesOf(step), true)),
  'half a frame, then silence': halfThenSilence,
  'frames after the goodbye': afterGoodbye,
  'a flood of nothing': flood,
  'the hub evicted between frames': evicted,
  ...Object.fromEntries(Object.entries(CONTENTS).map(([name, change]) => [name, toOne(change)])),
  ...BELOW,
};

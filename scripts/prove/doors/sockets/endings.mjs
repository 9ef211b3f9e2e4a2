// How a client goes: it says so in one of the ways of RFC 6455, it is cut off, or it stays.
import { BAD_CODES, closePayload, wireFrame } from './below.mjs';

const GOOD_CODES = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3003, 3999, 4000, 4001, 4002, 4003, 4004, 4029, 4999];

const CLOSE = 8;

/** Written below WebSocket, and seen by whoever compares two plans. */
const writes = (bytes, more) => ({ ...more, bytes, act: (socket) => socket._socket.write(bytes) });

/** Every ending by its name: `{name, code?, act(socket)}`; `code` is what may be echoed, `broken` says that anything may. */
const ENDINGS = {
  'it stays': () => ({ stays: true, act: () => {} }),
  'a close with a code': (random) => {
    const code = random.pick(GOOD_CODES);
    const reason = Buffer.alloc(random.pick([0, 0, 5, 123]), 'é').subarray(0, 122);
    return writes(wireFrame(random, CLOSE, closePayload(code, reason)), { code });
  },
  'a close without a code': (random) => writes(wireFrame(random, CLOSE), { code: 1000 }),
  'a close with a code that is none': (random) => {
    const code = random.pick(BAD_CODES);
    return writes(wireFrame(random, CLOSE, closePayload(code)), { broken: true });
  },
  'a close and more frames after it': (random) => {
    const frames = [wireFrame(random, CLOSE, closePayload(1000)), wireFrame(random, 1, Buffer.from('{"type":"heartbeat"}'))];
    return writes(Buffer.concat(frames), { code: 1000 });
  },
  'the end of the connection': () => ({ broken: true, act: (socket) => socket._socket.end() }),
  // Closed with unread bytes, as the kernel does it for a process that died: mostly a reset. (`resetAndDestroy` does not
  // cut a connection that has something left to write.)
  'a reset': () => ({
    broken: true,
    act(socket) {
      socket._socket.pause();
      socket._socket.destroy();
      socket.terminate();
    },
  }),
  'the end in the middle of a frame': (random) => {
    const bytes = wireFrame(random, 1, Buffer.from('{"type":"heartb'), { length: 100 });
    return { broken: true, bytes, act: (socket) => socket._socket.end(bytes) };
  },
};

/** The names, to count them. */
export const ENDING_NAMES = Object.keys(ENDINGS);

/** An ending; half of all clients stay, so that there is something to count. */
export function ending(random) {
  const name = random.once(2) ? 'it stays' : random.pick(ENDING_NAMES);
  return { name, ...ENDINGS[name](random) };
}

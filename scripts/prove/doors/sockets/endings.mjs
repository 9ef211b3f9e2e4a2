// How a client goes: it says so in one of the ways of RFC 6455, it is cut off, or it stays.
import { BAD_CODES, closePayload, wireFrame } from './below.mjs';

const GOOD_CODES = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3003, 3999, 4000, 4001, 4002, 4003, 4004, 4029, 4999];

const CLOSE = 8;

/** Every ending by its name: `{name, code?, act(socket)}`; `code` is what may be echoed, `broken` says that anything may. */
const ENDINGS = {
  'it stays': () => ({ stays: true, act: () => {} }),
  'a close with a code': (random) => {
    const code = random.pick(GOOD_CODES);
    const reason = Buffer.alloc(random.pick([0, 0, 5, 123]), 'é').subarray(0, 122);
    return { code, act: (socket) => socket._socket.write(wireFrame(CLOSE, closePayload(code, reason))) };
  },
  'a close without a code': () => ({ code: 1000, act: (socket) => socket._socket.write(wireFrame(CLOSE)) }),
  'a close with a code that is none': (random) => {
    const code = random.pick(BAD_CODES);
    return { broken: true, act: (socket) => socket._socket.write(wireFrame(CLOSE, closePayload(code))) };
  },
  'a close and more frames after it': () => ({
    code: 1000,
    act: (socket) => socket._socket.write(Buffer.concat([wireFrame(CLOSE, closePayload(1000)), wireFrame(1, Buffer.from('{"type":"heartbeat"}'))])),
  }),
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
  'the end in the middle of a frame': () => ({
    broken: true,
    act: (socket) => socket._socket.end(wireFrame(1, Buffer.from('{"type":"heartb'), { length: 100 })),
  }),
};

/** The names, to count them. */
export const ENDING_NAMES = Object.keys(ENDINGS);

/** An ending; half of all clients stay, so that there is something to count. */
export function ending(random) {
  const name = random.once(2) ? 'it stays' : random.pick(ENDING_NAMES);
  return { name, ...ENDINGS[name](random) };
}

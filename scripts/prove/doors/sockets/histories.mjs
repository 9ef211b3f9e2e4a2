// Valid histories: what well-behaved clients of each protocol send.
import { frame } from '../../../../tests/lib/raw-stomp.mjs';
import { command } from './commands.mjs';
import { send } from './steps.mjs';

const QUEUES = ['presence', 'messages', 'typing', 'sessions', 'replies', 'errors'];

/** One after the other, some of them in haste. */
function paced(random, steps) {
  return steps.flatMap((step) => (random.once(3) ? [step, { do: 'pause', ms: random.int(1, 20) }] : [step]));
}

/** `rollcall.v1.json`. */
export function jsonHistory(random, people) {
  const commands = Array.from({ length: random.int(3, 12) }, (_, at) => {
    const [type, body] = command(random, people);
    return send(JSON.stringify({ type, id: `c${at}`, ...body }));
  });
  const beats = random.once(2) ? [send('\n')] : [];
  return paced(random, [...commands, ...beats]);
}

function destination(random, people) {
  return random.once(3) ? `/topic/presence.${random.pick(people)}` : `/user/queue/${random.pick(QUEUES)}`;
}

function stompFrame(random, people, version, at) {
  const receipt = random.once(2) ? { receipt: `r${at}` } : {};
  const make = (name, headers, body) => frame(name, { ...headers, ...receipt }, body, version);
  const id = `s${random.int(0, 3)}`;
  switch (random.int(0, 5)) {
    case 0: return make('SUBSCRIBE', { id, destination: destination(random, people) });
    case 1: return make('UNSUBSCRIBE', { id });
    default: {
      const [name, body] = command(random, people);
      const text = JSON.stringify(body);
      const length = random.once(2) ? { 'content-length': Buffer.byteLength(text) } : {};
      return make('SEND', { destination: `/app/${name}`, 'correlation-id': `c${at}`, ...length }, text);
    }
  }
}

/** STOMP of this version, CONNECT included. */
export function stompHistory(random, people, version) {
  const accept = version === '1.0' ? {} : { 'accept-version': random.pick([version, '1.0,1.1,1.2']) };
  const beats = random.once(2) ? { 'heart-beat': random.pick(['0,0', '5000,5000', '0,1000']) } : {};
  const connect = frame(random.once(4) ? 'STOMP' : 'CONNECT', { ...accept, host: 'rollcall', ...beats }, '', version);
  // Before anything can be unsubscribed from it must be there, or the history would not be valid.
  const begin = [0, 1, 2, 3].map((n) => frame('SUBSCRIBE', { id: `s${n}`, destination: `/user/queue/${QUEUES[n]}` }, '', version));
  const rest = Array.from({ length: random.int(2, 10) }, (_, at) => stompFrame(random, people, version, at));
  return paced(random, [connect, ...begin, ...rest].map((text) => send(text)));
}

// What must hold after a seed, whatever was done: the attacked object serves on, nobody else noticed, nothing leaked.
import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { JsonClient } from '../../../../tests/lib/json-client.mjs';
import { RawStomp } from '../../../../tests/lib/raw-stomp.mjs';
import { Rest } from '../../../../tests/lib/rest.mjs';
import { until, within } from '../../../../tests/lib/until.mjs';
import { BYSTANDERS } from './plan.mjs';

const BOUND_MS = 10_000;
/** What a client is told of a connection that ended without a close frame (RFC 6455, 7.4.1). */
const CUT = 1006;
/** The grace of a closed session, and what a busy machine adds. Well below a session's life, after which all is even. */
export const COUNT_MS = 8_000;
const BEAT_MS = 2_000;
/** `SESSION_TTL` of the Worker that is tried. Long enough that a session that leaked is still there to be counted. */
export const SESSION_MS = 30_000;

const WRECKAGE = /panicked at|RuntimeError|unreachable|code had hung|[Uu]ncaught|Cannot read propert|already mutably borrowed|"level":"error"/;
/** How the platform notes framing that is broken: that we did. */
const OUR_DOING = /^Uncaught exception: kj\/compat\/http\.c\+\+:\d+: failed: remote\.jsg\.Error: WebSocket protocol error/;

/** What the Worker logs, from where it was last looked at. */
export class Log {
  #at = 0;

  constructor(stateDir) {
    this.path = join(stateDir, 'server.log');
  }

  /** The new lines that tell of wreckage. */
  wreckage() {
    const fd = openSync(this.path, 'r');
    try {
      const lines = [];
      const buffer = Buffer.alloc(1 << 20);
      let rest = '';
      for (let read; (read = readSync(fd, buffer, 0, buffer.length, this.#at)) > 0; this.#at += read) {
        const parts = (rest + buffer.toString('latin1', 0, read)).split('\n');
        rest = parts.pop();
        lines.push(...parts);
      }
      return [...lines, rest].filter((line) => WRECKAGE.test(line) && !OUR_DOING.test(line)).map((line) => `the log: ${line.slice(0, 500)}`);
    } finally {
      closeSync(fd);
    }
  }
}

/**
 * As many sessions as there are open sockets with one: the same ones, by their ids; answers after how many milliseconds.
 * The end of a connection that falls together with an eviction, or that was cut without a close frame (a reset, or
 * broken frames that the runtime itself refuses), may never reach the hub; then the session's own time must end it, as
 * the contract says of sockets that vanished.
 */
export async function countsAgree(rest, clients, { evicts }) {
  const open = () => [...new Set(clients.filter((client) => client.isOpen && client.session).map(({ session }) => session))].sort();
  const begun = Date.now();
  const mayBeLate = evicts || clients.some(({ closed }) => closed?.code === CUT);
  let sessions;
  await until('REST names the sessions that are open', async () => {
    sessions = await rest.sessions();
    return JSON.stringify(sessions.map(({ sessionId }) => sessionId).sort()) === JSON.stringify(open());
  }, { timeout: mayBeLate ? COUNT_MS + SESSION_MS : COUNT_MS }).catch((error) => {
    throw new Error(`${error.message}: open are ${JSON.stringify(open())}, listed ${JSON.stringify(sessions)}`);
  });
  return Date.now() - begun;
}

/** A fresh session of the attacked user connects, watches somebody, and is told. */
export async function servesOn(server, { me, other, seed }) {
  const clients = [];
  try {
    const friend = await JsonClient.connect(server, other);
    clients.push(friend);
    const fresh = await JsonClient.connect(server, me);
    clients.push(fresh);
    await fresh.command('presence.subscribe', { targetUserId: other }, { timeout: BOUND_MS });
    const message = `after seed ${seed}`;
    await new Rest(server, other).setStatus('BUSY', { message });
    await fresh.nextPresence(other, { message }, { timeout: BOUND_MS });
    const presence = await new Rest(server, other).presence(me);
    if (presence.userId !== me) throw new Error(`REST answers for ${presence.userId}`);
  } finally {
    await Promise.all(clients.map((client) => client.dispose()));
  }
}

/** People who have nothing to do with it: they beat, and are told of each other. */
export class Bystanders {
  static async gather(server) {
    const all = new Bystanders();
    all.server = server;
    all.json = await JsonClient.connect(server, BYSTANDERS.json);
    all.watched = await JsonClient.connect(server, BYSTANDERS.watched);
    all.stomp = await RawStomp.connect(server, BYSTANDERS.stomp);
    await all.json.command('presence.subscribe', { targetUserId: BYSTANDERS.watched });
    await all.stomp.subscribe('watched', `/topic/presence.${BYSTANDERS.watched}`);
    all.beat = setInterval(() => all.stomp.sendText('\n'), BEAT_MS);
    return all;
  }

  /** A resume token that is nobody else's business. */
  get secret() {
    return this.json.welcome.resumeToken;
  }

  /** Their sockets are the same, their beats are answered, and they are told of a change. */
  async unaffected(message) {
    const rest = new Rest(this.server, BYSTANDERS.watched);
    await rest.setStatus('AWAY', { message });
    await this.json.nextPresence(BYSTANDERS.watched, { message }, { timeout: BOUND_MS });
    await this.stomp.message('watched', (presence) => presence.message === message, { timeout: BOUND_MS });
    const { beats } = this.json;
    this.json.beat();
    await until('the beat of a bystander is answered', () => beats.answered === beats.sent, { timeout: BOUND_MS });
  }

  async leave() {
    clearInterval(this.beat);
    await within(Promise.all([this.json, this.watched, this.stomp].map((client) => client.dispose())), 'the end of the bystanders');
  }
}

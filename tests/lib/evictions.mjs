// Hubs that leave memory between every two frames of their clients, as idle ones do after ten seconds.
//
// What a hub forgets then (a half frame, who speaks what, a timer, a cache) it must have put down before. A test that
// is declared with `alsoEvicting` runs twice, on the same server: as it stands, and with clients that have their hub
// evicted between every two frames, sockets open.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Cast } from './cast.mjs';
import { pause, within } from './until.mjs';
import { user } from './users.mjs';

/** How long a hub may be at work before a client calls it stuck: longer than any of its timers that is not an alarm. */
const BUSY_MS = 20_000;
/** How long a frame may take from the client to its hub, which it wakes. */
const ARRIVAL_MS = 250;

/** Evicts hubs, and counts. */
export class Evictions {
  /** Evictions that clients asked for. */
  asked = 0;
  /** Evictions that the platform carried out. */
  done = 0;
  /** Hubs that did not go. */
  failures = [];

  constructor(server) {
    this.server = server;
  }

  /** Takes the hub out of memory, or finds that it is not there; one that is `awake` has a frame on its way to it. */
  async evict(userId, { awake }) {
    this.asked += 1;
    const end = Date.now() + (awake ? ARRIVAL_MS : 0);
    try {
      while (!(await this.#evicted(userId)) && Date.now() < end) await pause(5);
    } catch (error) {
      this.failures.push(`${userId}: ${error.message}`);
    }
  }

  async #evicted(userId) {
    try {
      await within(this.server.running.evict(userId), `the eviction of ${userId}`, BUSY_MS);
    } catch (error) {
      if (error.message.includes('not currently running')) return false;
      throw error;
    }
    this.done += 1;
    return true;
  }
}

/** `server` as clients see it that evict: what they are made with it opens `EvictingSocket`s. */
const evicting = (server) => Object.assign(Object.create(server), { evictions: new Evictions(server) });

/** Declares the tests of `declare(server)` twice: with hubs that stay, and with evictions. */
export function alsoEvicting(server, declare) {
  describe('hubs stay in memory', () => declare(server));
  describe('hubs are evicted between every two frames', () => {
    const seen = evicting(server);
    declare(seen);
    test('the evictions took place', (t) => assertEvicted(t, seen));
  });
}

/** Most frames found their hub gone, no hub stayed, and a hub says itself that each frame woke it. */
async function assertEvicted(t, server) {
  const { asked, done, failures } = server.evictions;
  t.diagnostic(`${done} evictions, ${asked} asked for`);
  assert.deepEqual(failures, []);
  // A frame that follows a beat may find the hub gone already.
  assert.ok(done > 0 && done >= asked / 2, `only ${done} evictions, ${asked} asked for`);

  const cast = new Cast(t, server);
  const client = await cast.raw(user('evicted'));
  const stats = () => cast.rest(client.userId).get(`/dev/hub/${client.userId}/stats`);
  const before = await stats();
  for (let round = 0; round < 5; round += 1) await client.withReceipt('SEND', { destination: '/app/heartbeat' }, '{}');
  const after = await stats();
  assert.ok(after.wokenAt > before.wokenAt, `${after.wokenAt} after ${before.wokenAt}`);
  assert.equal(after.frames, 1, 'the hub that took the last frame had seen no other');
}

// The bill's honesty: a script of operations writes as many rows on workerd, by the cursors' own `rows_written`, as the
// simulator counts for it, hub by hub and step by step: with nothing behind the hubs, with Kafka, and with Redis. Tables
// that are made count on both sides; alarms on neither.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { inTree } from '../../scripts/lib/paths.mjs';
import { billProgram } from '../lib/bill.mjs';
import { Cast } from '../lib/cast.mjs';
import { ownServer } from '../lib/server.mjs';
import { PATIENCE_MS, until } from '../lib/until.mjs';
import { user } from '../lib/users.mjs';

// While it is played no deadline passes but those that it waits for.
const { settings, steps } = JSON.parse(readFileSync(inTree('bill', 'script.json'), 'utf8'));
const SETTINGS = Object.fromEntries(Object.entries(settings).map(([name, seconds]) => [name, `${seconds}`]));
const PEOPLE = 3;
/** What the server needs for what stands behind it: the embedded ones. */
const BEHIND = {
  nothing: {},
  kafka: { KAFKA_REST_API: undefined },
  redis: { REDIS_REFRESH: 'transitions', UPSTASH_REDIS_REST_TOKEN: 'of-the-tests' },
};

/** What the simulator counts after each step: rows by hub, in the order of the people. */
async function simulated(program, behind) {
  const { stdout } = await promisify(execFile)(program, ['--script', behind]);
  const people = Array.from({ length: PEOPLE }, (_, number) => `u00${number}`);
  return JSON.parse(stdout).map((rows) => people.map((person) => rows[person] ?? 0));
}

/** Plays the script's steps: each resolves once the client knows that it was taken. */
class Player {
  #devices = new Map();

  constructor(cast) {
    this.cast = cast;
    this.people = Array.from({ length: PEOPLE }, (_, number) => user(`billed-${number}`));
  }

  async play({ do: what, device, ...step }) {
    const client = this.#devices.get(device);
    if (device && !client && what !== 'connect') throw new Error(`nobody has switched on ${device}`);
    const names = (numbers) => numbers.map((number) => this.people[number]);
    switch (what) {
      case 'connect':
        return this.#devices.set(device, await this.cast.json(this.people[step.user]));
      case 'resume':
        return this.#devices.set(device, await this.cast.resume(client));
      case 'subscribe':
      case 'unsubscribe':
        return client.command(`presence.${what}`, { targetUserIds: names(step.targets) });
      case 'status':
        return client.command('online-status', { status: step.status, scope: step.scope });
      case 'message':
        return client.command('message.send', { to: names(step.to), clientMessageId: step.name, content: 'hello' });
      case 'heartbeat':
        return client.command('heartbeat');
      case 'drop':
        return client.close();
      case 'leave':
        return client.leave();
      case 'revoke':
        return this.cast.rest(client.userId).revoke(client.sessionId);
      case 'wait':
        return undefined; // What comes meanwhile is awaited as after every step.
      default:
        throw new Error(`the script says ${what}`);
    }
  }

  /** Rows that each hub has written since it woke. Asking keeps it awake. */
  async rows() {
    const stats = this.people.map((id) => this.cast.rest(id).get(`/dev/hub/${id}/stats`));
    return (await Promise.all(stats)).map(({ rowsWritten }) => rowsWritten);
  }
}

/** Plays all of it; after every step each hub has written what was expected. */
async function holds(t, program, behind) {
  const expected = await simulated(program, behind);
  assert.equal(expected.length, steps.length);
  const player = new Player(new Cast(t, await ownServer(t, { ...SETTINGS, ...BEHIND[behind] })));
  for (const [at, step] of steps.entries()) {
    await player.play(step);
    const wanted = expected[at].join();
    const timeout = PATIENCE_MS + 1000 * (step.seconds ?? 0);
    await until(`rows after step ${at} (${JSON.stringify(step)}): ${wanted}`, async () => {
      const rows = await player.rows();
      if (rows.join() !== wanted) throw new Error(`workerd wrote ${rows.join()}`);
      return true;
    }, { timeout });
  }
  // Nothing came after: a read, which writes nothing, goes the same way as what would have.
  for (const id of player.people) await player.cast.rest(id).sessions();
  assert.deepEqual(await player.rows(), expected.at(-1));
  t.diagnostic(`${behind}: ${steps.length} steps, ${expected.at(-1).join(' + ')} rows`);
}

// Side by side: most of the time is spent waiting for deadlines.
describe('rows written are as many on workerd as the simulator counts, after every step,', { concurrency: 3 }, () => {
  let program;
  before(async () => (program = await billProgram()), { timeout: 600_000 });
  for (const behind of Object.keys(BEHIND)) {
    test(`with ${behind} behind the hubs`, { timeout: 180_000 }, (t) => holds(t, program, behind));
  }
});

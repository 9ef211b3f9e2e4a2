// The bill's honesty: a script of operations writes as many rows on workerd, by the cursors' own `rows_written`, as the
// simulator counts for it, hub by hub and step by step. Tables that are made count on both sides; alarms on neither.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import { inTree } from '../../scripts/lib/paths.mjs';
import { billProgram } from '../lib/bill.mjs';
import { Cast } from '../lib/cast.mjs';
import { useServer } from '../lib/server.mjs';
import { until } from '../lib/until.mjs';
import { user } from '../lib/users.mjs';

// No deadline passes while the script is played.
const server = useServer({ SESSION_TTL: '600', OFFLINE_GRACE: '300' });
const steps = JSON.parse(readFileSync(inTree('bill', 'script.json'), 'utf8'));
const PEOPLE = 3;

/** What the simulator counts after each step: rows by hub, `{u000: 18, …}`. */
async function simulated() {
  const { stdout } = await promisify(execFile)(await billProgram(), ['--script']);
  return JSON.parse(stdout);
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
        return client.command('online-status', { status: step.status });
      case 'message':
        return client.command('message.send', { to: names(step.to), clientMessageId: step.name, content: 'hello' });
      case 'heartbeat':
        return client.command('heartbeat');
      case 'drop':
        return client.close();
      case 'leave':
        return client.leave();
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

describe('rows written', () => {
  test('are as many on workerd as the simulator counts, after every step', { timeout: 180_000 }, async (t) => {
    const expected = (await simulated()).map((rows) =>
      Array.from({ length: PEOPLE }, (_, number) => rows[`u00${number}`] ?? 0));
    assert.equal(expected.length, steps.length);
    const player = new Player(new Cast(t, server));
    for (const [at, step] of steps.entries()) {
      await player.play(step);
      const wanted = expected[at].join();
      await until(`rows after step ${at} (${JSON.stringify(step)}): ${wanted}`, async () => {
        const rows = await player.rows();
        if (rows.join() !== wanted) throw new Error(`workerd wrote ${rows.join()}`);
        return true;
      });
    }
    // Nothing came after: a read, which writes nothing, goes the same way as what would have.
    for (const id of player.people) await player.cast.rest(id).sessions();
    assert.deepEqual(await player.rows(), expected.at(-1));
    t.diagnostic(`${steps.length} steps, ${expected.at(-1).join(' + ')} rows`);
  });
});

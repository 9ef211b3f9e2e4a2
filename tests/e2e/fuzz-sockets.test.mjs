// A short form of `npm run prove -- doors`: fixed seeds of spoilt sessions on sockets. Every violation is answered, nobody
// else notices, and the object serves on.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VARS, playBatch, start } from '../../scripts/prove/doors/sockets/index.mjs';
import { planOf } from '../../scripts/prove/doors/sockets/plan.mjs';
import { JsonClient } from '../lib/json-client.mjs';
import { useServer } from '../lib/server.mjs';
import { jwt } from '../lib/token.mjs';
import { user } from '../lib/users.mjs';

const server = useServer(VARS);

/** What takes as long as a session's life to judge is left to the long form. */
const QUICK = Array.from({ length: 48 }, (_, seed) => seed).filter((seed) => !planOf(seed).evicts);

test('spoilt sessions are answered, nobody else notices, and the object serves on', async () => {
  const { url, stateDir, running } = server;
  const run = await start({ url, stateDir, evict: running.evict });
  try {
    for (let at = 0; at < QUICK.length; at += 6) {
      const failures = await playBatch(run, QUICK.slice(at, at + 6));
      assert.deepEqual(failures.map(({ seeds, faults }) => ({ seeds, faults })), []);
    }
    assert.ok(run.tally.sent > 1_000, run.tally.lines().join('\n'));
  } finally {
    await run.bystanders.leave();
  }
});

/** A plan as text, but for what may hold a token: that says when it ends. */
function written(seed) {
  const timed = new Set(['token', 'headers', 'query', 'protocols']);
  return JSON.stringify(planOf(seed), (name, value) => (timed.has(name) ? undefined : value));
}

test('the same seed spoils in the same way, below WebSocket too', () => {
  const seeds = [0, 7, ...QUICK, 1_000_003];
  for (const seed of seeds) assert.equal(written(seed), written(seed), `seed ${seed}`);
  const all = seeds.map(written).join('\n');
  for (const word of ['"do":"wire"', '"bytes":{"type":"Buffer"', '"broken":false']) assert.ok(all.includes(word), `no plan holds ${word}`);
});

test('a token whose end no date and no alarm can say lets its bearer in', async () => {
  for (const exp of [1e300, 2 ** 53, 1e15, 32e9]) {
    const id = user('for-ever');
    const client = await JsonClient.connect(server, id, { token: jwt({ sub: id, exp }) });
    await client.command('heartbeat');
    await client.dispose();
  }
  // The seeds above armed such alarms too; the platform takes none after 2189.
  assert.doesNotMatch(server.logs(), /alarm\.failed/);
});

// The same history in the simulator and on real workerd: what each client saw, and what REST says at rest, agree.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { makeBatch, playBatch, report } from '../lib/history/batch.mjs';
import { historyProgram } from '../lib/history/program.mjs';

/**
 * Fixed; `npm run prove -- histories` plays other ones, longer ones, and kills the server. Settings go by batch: one
 * history of each of three, so that what ends by itself and what is capped is compared too.
 */
const SIZE = { histories: 1, least: 100, most: 100, kills: 0 };
const BATCHES = {
  20: 'few subscriptions, and short leases',
  22: 'no grace, and short leases',
  27: 'two sessions for each user',
};

const batches = {};

before(async () => {
  const program = await historyProgram();
  for (const seed of Object.keys(BATCHES)) batches[seed] = await makeBatch(program, { seed, ...SIZE });
}, { timeout: 300_000 });

test('the histories meet what is set differently in them', () => {
  const [{ settings: capped }, { settings: abrupt }, { settings: crowded }] = Object.values(batches);
  assert.deepEqual([capped.max_subscriptions, abrupt.offline_grace, crowded.max_sessions], [4, 0, 2]);
  for (const { subscription_ttl: lease } of [capped, abrupt]) assert.ok(lease <= 5_000, `a lease of ${lease} ms`);
  const says = (seed, text) => assert.ok(JSON.stringify(batches[seed].histories).includes(text), `${text} in batch ${seed}`);
  says(20, '"too_many_subscriptions"');
  says(22, '"closed":4001');
  says(27, '"closed":4004');
});

describe('what clients see of a history, and what REST says at rest, is the same in the simulator and on the server', { concurrency: 3 }, () => {
  for (const [seed, what] of Object.entries(BATCHES)) {
    test(what, { timeout: 590_000 }, async (t) => {
      const { results, retries, incomparable } = await playBatch(batches[seed], (line) => t.diagnostic(line));
      for (const { seed: history, operations, worst } of results) t.diagnostic(`history ${history}: ${operations} operations; ${worst.what} took ${worst.ms} ms`);
      t.diagnostic(`${retries} played again`);
      assert.deepEqual(incomparable, [], 'this machine was too slow, each time');
      assert.equal(results.length, SIZE.histories);
      for (const result of results) assert.equal(result.faults.length, 0, report(result, SIZE));
    });
  }
});

// The same history in the simulator and on real workerd: what each client saw, and what REST says at rest, agree.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { makeBatch, playBatch, report } from '../lib/history/batch.mjs';
import { historyProgram } from '../lib/history/program.mjs';

/** Fixed; `npm run prove -- histories` plays other ones, longer ones, and kills the server. */
const BATCH = { seed: 18, histories: 3, least: 100, most: 100, kills: 0 };

let batch;

before(async () => {
  batch = await makeBatch(await historyProgram(), BATCH);
}, { timeout: 300_000 });

test('what clients see of a history, and what REST says at rest, is the same in the simulator and on the server', { timeout: 400_000 }, async (t) => {
  const { results, retries, incomparable } = await playBatch(batch, (line) => t.diagnostic(line));
  for (const { seed, operations, worst } of results) t.diagnostic(`history ${seed}: ${operations} operations; ${worst.what} took ${worst.ms} ms`);
  t.diagnostic(`${retries} played again`);
  assert.deepEqual(incomparable, [], 'this machine was too slow, three times');
  assert.equal(results.length, BATCH.histories);
  for (const result of results) assert.equal(result.faults.length, 0, report(result, BATCH));
});

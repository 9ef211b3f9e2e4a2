// The same histories of clients in the simulator and on real workerd, through the public protocols: 50 of 100 to 300
// operations, ten on one server, three kills in all; other ones in each run. `npm test` plays three that never change.
//
//   npm run prove -- histories
//   npm run prove -- histories --batches 2 --from 40    the batches 40 and 41
//   npm run prove -- histories --seed 4007              one history (of batch 40) by itself
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { batchOf, makeBatch, playBatch, report } from '../../tests/lib/history/batch.mjs';
import { stopOnSignals } from '../lib/run.mjs';
import { Plain, main, say } from '../lib/say.mjs';
import { buildSimulator } from '../lib/simulator.mjs';
import { ensureWorker } from '../setup/index.mjs';

const OPTIONS = { seed: '', from: '', batches: '5', least: '100', most: '300' };

/** Minutes since 2026, so that no two runs begin with the same batch; a multiple of five, so that three have a kill. */
const fresh = () => Math.floor((Date.now() - Date.UTC(2026, 0)) / 60_000) * 5;

function options() {
  const described = Object.fromEntries(Object.entries(OPTIONS).map(([name, value]) => [name, { type: 'string', default: value }]));
  const { values } = parseArgs({ options: described });
  for (const [name, text] of Object.entries(values)) {
    if (text !== '' && !/^\d+$/.test(text)) throw new Plain(`--${name} should be a whole number, not ${text}`);
  }
  return Object.fromEntries(Object.entries(values).map(([name, text]) => [name, text === '' ? undefined : Number(text)]));
}

/** The batches to play: all of each, or one history of one. */
async function* batches(program, { seed, from = fresh(), batches: count, least, most }) {
  if (seed !== undefined) {
    const batch = await makeBatch(program, { seed: batchOf(seed), least, most });
    batch.histories = batch.histories.filter((history) => history.seed === seed);
    if (batch.histories.length === 0) throw new Plain(`There is no history ${seed}: a batch has ten.`);
    yield batch;
    return;
  }
  for (let at = from; at < from + count; at += 1) yield await makeBatch(program, { seed: at, least, most });
}

function sayBatch(batch, { results, retries }) {
  const operations = results.reduce((sum, result) => sum + result.operations, 0);
  const disagree = results.filter(({ faults }) => faults.length > 0).length;
  const slowest = Math.max(0, ...results.map(({ worst }) => worst.ms));
  const parts = [`${results.length} histories`, `${operations} operations`, `${batch.kills.length} kills`, `${retries} played again`];
  say(`batch ${batch.seed}: ${parts.join(', ')}, nothing later than ${slowest} ms; ${disagree} disagree`);
}

stopOnSignals();
await main(async () => {
  const chosen = options();
  await ensureWorker();
  const program = join(await buildSimulator(), 'history');
  const sum = { histories: 0, operations: 0, kills: 0, retries: 0, failed: 0 };
  for await (const batch of batches(program, chosen)) {
    const played = await playBatch(batch, say);
    sayBatch(batch, played);
    const bad = played.results.filter(({ faults }) => faults.length > 0);
    bad.forEach((result) => console.log(report(result, chosen)));
    played.incomparable.forEach((seed) => say(`history ${seed}: this machine was too slow for it, three times`));
    sum.histories += played.results.length;
    sum.operations += played.results.reduce((all, result) => all + result.operations, 0);
    sum.kills += batch.kills.length;
    sum.retries += played.retries;
    sum.failed += bad.length + played.incomparable.length;
  }
  say(`${sum.histories} histories, ${sum.operations} operations, ${sum.kills} kills, ${sum.retries} played again, ${sum.failed} failed`);
  return sum.failed > 0 ? 1 : 0;
});

// Do the crates' own tests notice when their code is wrong? cargo-mutants changes one expression or function at a time, in
// copies of the tree, and runs them; what nothing notices lives on and is listed.
//
//   npm run prove -- survivors                          an hour: a fair sample of both crates
//   npm run prove -- survivors --minutes 10 -p stomp    one crate, shorter
//   npm run prove -- survivors --shard 3/40             one shard, until it is through
//
// Shard k holds every n-th mutant and the shards are taken in a scattered order, so that whatever the time allows is a
// sample of all files. Each mutant meets the quick tests first; what survives them meets the slow ones too. docs/proof.md
// says of each survivor why it may live.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { withLock } from '../lib/lock.mjs';
import { stopOnSignals } from '../lib/run.mjs';
import { Plain, duration, main, say } from '../lib/say.mjs';
import { ensureCargoTools } from '../setup/cargo-tools.mjs';
import { CRATES } from './survivors/crates.mjs';
import { report } from './survivors/report.mjs';
import { FOLDER, Worker } from './survivors/worker.mjs';

const SHARDS = 80;
/** From one shard to the next: neighbours hold neighbouring mutants, so that the first few would be no fair sample. */
const STRIDE = 37;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    shard: { type: 'string' },
    package: { type: 'string', short: 'p' },
    jobs: { type: 'string', default: '2' },
  },
});

function options() {
  const [minutes, jobs] = [Number(values.minutes), Number(values.jobs)];
  if (!(minutes > 0)) throw new Plain(`--minutes should be a number above 0, not ${values.minutes}`);
  if (!(Number.isInteger(jobs) && jobs > 0)) throw new Plain(`--jobs should be a whole number above 0, not ${values.jobs}`);
  if (values.package && !(values.package in CRATES)) throw new Plain(`-p should be one of ${Object.keys(CRATES).join(', ')}`);
  const [, shard, of] = /^(\d+)\/(\d+)$/.exec(values.shard ?? `0/${SHARDS}`) ?? [];
  if (!(Number(shard) < Number(of))) throw new Plain(`--shard should be as 0/${SHARDS}, not ${values.shard}`);
  const crates = values.package ? [values.package] : Object.keys(CRATES);
  const shards = values.shard ? [Number(shard)] : Array.from({ length: SHARDS }, (_, at) => (at * STRIDE) % SHARDS);
  return { minutes, jobs, crates, shards, of: Number(of), boxed: !values.shard };
}

/** The shards in turn, each crate's first before any crate's second; each worker takes the next when it is free. */
async function shared(workers, work, deadline) {
  const results = [];
  const alone = async (worker) => {
    for (let next = work.shift(); next && Date.now() < deadline; next = work.shift()) {
      results.push(await worker.test(next, deadline));
    }
  };
  await Promise.all(workers.map(alone));
  return results;
}

async function prove({ minutes, jobs, crates, shards, of, boxed }) {
  const work = shards.flatMap((shard) => crates.map((crate) => ({ crate, shard, of })));
  const workers = Array.from({ length: Math.min(jobs, work.length) }, (_, at) => new Worker(at));
  // All at once: the time that the tests take is measured as busy as the machine will be.
  await Promise.all(workers.map((worker) => worker.prepare(crates)));
  const deadline = boxed ? Date.now() + minutes * 60_000 : Infinity;
  say(`${work.length} shards, ${boxed ? `until ${minutes} min are over` : 'to the end'}`);
  const all = work.length;
  return report(await shared(workers, work, deadline), all);
}

stopOnSignals();
await main(async () => {
  const chosen = options();
  await ensureCargoTools(['cargo-mutants']);
  const begun = Date.now();
  const code = await withLock(join(FOLDER, 'lock'), 'changing the code', () => prove(chosen));
  say(`${duration(Date.now() - begun)}; details in logs/survivors/`);
  return code;
});

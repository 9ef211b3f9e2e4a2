// Does the simulator find bugs? Each patch in crates/simulator/mutants/ plants one in a copy of the tree; the simulator,
// built there, must find it.
//
//   npm run prove -- mutants                       all of them, 2,000 seeds each at most
//   npm run prove -- mutants 03 17 --seeds 5000    some
//   npm run prove -- mutants --check               only whether each still applies
//
// It passes if each was found in at least five seeds, and the tree as it is shows nothing in its first 300 seeds nor in
// any seed that found a planted bug. A patch's header may name another profile than `hostile`: `# Profile: rough`.
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { stopOnSignals } from '../lib/run.mjs';
import { Plain, duration, main, say } from '../lib/say.mjs';
import { withLock } from '../lib/lock.mjs';
import { FOLDER, applies, build, copyTree, patches, planted } from './mutants/tree.mjs';
import { simulate } from './mutants/simulate.mjs';
import { report, tell } from './mutants/report.mjs';

/** In so many seeds a planted bug must be found. */
const ENOUGH = 5;
/** Seeds in which the tree as it is must show nothing before anything is planted. */
const CLEAN_SEEDS = 300;
const CLEAN = join(FOLDER, 'simulator-unpatched');

const { values: options, positionals: wanted } = parseArgs({
  allowPositionals: true,
  options: {
    seeds: { type: 'string', default: '2000' },
    jobs: { type: 'string', default: '2' },
    check: { type: 'boolean', default: false },
  },
});

/** Builds the tree as it is and keeps that simulator; answers what it finds where there should be nothing. */
async function unpatched(profiles) {
  copyFileSync(await build('unpatched'), CLEAN);
  const found = [];
  for (const profile of profiles) {
    const { failed } = await simulate(CLEAN, { name: `unpatched-${profile}`, profile, seeds: CLEAN_SEEDS, jobs: options.jobs });
    say(`unpatched, ${profile}: ${CLEAN_SEEDS} seeds, ${failed.length} failed`);
    found.push(...failed);
  }
  return found;
}

/** Those of `failed` in which the tree as it is fails as well: what they show is not the planted bug. */
async function falseFinds(failed, profile) {
  const own = [];
  for (const { seed } of failed.filter((one) => one.seed >= CLEAN_SEEDS)) {
    const clean = await simulate(CLEAN, { name: `unpatched-${profile}-${seed}`, profile, from: seed, seeds: 1, jobs: 1 });
    own.push(...clean.failed);
  }
  return own;
}

/** Plants one bug and looks for it; answers a line of the report. */
async function hunt({ name, file, profile }) {
  const begun = Date.now();
  if (!applies(file)) return { name, ran: 0, failed: [], ms: 0, trouble: 'no longer applies' };
  return planted(file, async () => {
    const program = await build(name, CLEAN);
    const search = { name, profile, seeds: Number(options.seeds), jobs: options.jobs, stopAfter: ENOUGH };
    const { ran, failed } = await simulate(program, search);
    const own = await falseFinds(failed, profile);
    const few = failed.length < ENOUGH && `found in ${failed.length} of the ${ENOUGH} seeds asked for`;
    const wrong = own.length > 0 && `the tree as it is fails in seed ${own[0].seed} too`;
    return { name, ran, failed, ms: Date.now() - begun, trouble: wrong || few || undefined };
  }).catch((error) => {
    if (!(error instanceof Plain)) throw error;
    return { name, ran: 0, failed: [], ms: Date.now() - begun, trouble: error.message };
  });
}

async function prove(chosen) {
  await copyTree();
  if (options.check) {
    const stale = chosen.filter(({ file }) => !applies(file)).map(({ name }) => name);
    say(`${chosen.length} patches, ${stale.length} no longer apply${stale.length > 0 ? `: ${stale.join(', ')}` : ''}`);
    return stale.length > 0 ? 1 : 0;
  }
  const dirty = await unpatched(new Set(chosen.map(({ profile }) => profile)));
  if (dirty.length > 0) throw new Plain(`The tree as it is fails in seed ${dirty[0].seed} (${dirty[0].invariant}): mend that first.`);
  const results = [];
  for (const mutant of chosen) {
    results.push(await hunt(mutant));
    tell(results.at(-1));
  }
  return report(results);
}

await main(async () => {
  stopOnSignals();
  const chosen = patches().filter(({ name }) => wanted.length === 0 || wanted.some((number) => name.startsWith(number)));
  if (chosen.length === 0) throw new Plain(`No patch in crates/simulator/mutants/ begins with ${wanted.join(' or ')}.`);
  const begun = Date.now();
  const code = await withLock(join(FOLDER, 'lock'), 'planting bugs', () => prove(chosen));
  say(`${chosen.length} planted bugs in ${duration(Date.now() - begun)}; details in logs/mutants/`);
  return code;
});

// `npm test`: sets up what is missing and proves the tree. `npm test -- unit|e2e|browser` proves a part.
//
// Each step says what it found; its details lie in logs/. A step that fails does not stop the others, but for those
// that need the build. The last line is the sum, and nothing else.
import { lengths } from './checks/lengths.mjs';
import { lockfile } from './checks/lockfile.mjs';
import { patches } from './checks/patches.mjs';
import { requirements } from './checks/requirements.mjs';
import { sum } from './lib/results.mjs';
import { stopOnSignals, tail } from './lib/run.mjs';
import { Plain, duration, main, say, whileSaying } from './lib/say.mjs';
import { ensureTools } from './setup/index.mjs';
import { BROWSER, BUILD, DRY_RUN, E2E, OPENAPI } from './steps/edge.mjs';
import { UNIT } from './steps/unit.mjs';

const CHECKS = [
  { name: 'file lengths', run: lengths },
  { name: 'lock file', run: lockfile },
  { name: 'planted bugs', run: patches },
];

const PARTS = {
  unit: [...CHECKS, ...UNIT],
  e2e: [BUILD, DRY_RUN, E2E, OPENAPI],
  browser: [BUILD, BROWSER],
};
const ALL = [...CHECKS, ...UNIT, BUILD, DRY_RUN, E2E, OPENAPI, BROWSER];
const NEED_THE_BUILD = new Set([DRY_RUN, E2E, OPENAPI, BROWSER]);

const mark = ({ failed, skipped }) => (failed > 0 ? 'FAILED' : skipped > 0 ? 'skipped' : 'ok');

function counts({ passed, failed, skipped }) {
  const parts = [[passed, 'passed'], [failed, 'failed'], [skipped, 'skipped']];
  return parts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`).join(', ');
}

function report(name, result, ms) {
  const note = result.note ? ` · ${result.note}` : '';
  say(`${mark(result).padEnd(7)} ${name}: ${counts(result)} (${duration(ms)})${note}`);
  if (result.failed === 0) return;
  if (result.log) console.log(`\n--- the end of ${result.log}\n${tail(result.log, 60)}\n---\n`);
}

/** A step that breaks is a failed step, not the end of the run. */
async function runStep({ name, run }) {
  const begun = Date.now();
  let result;
  try {
    result = await whileSaying(name, run);
  } catch (error) {
    const message = error instanceof Plain ? error.message : error.stack;
    result = { passed: 0, failed: 1, skipped: 0, note: message };
  }
  report(name, result, Date.now() - begun);
  return result;
}

async function runSteps(steps) {
  const results = new Map();
  for (const step of steps) {
    const noBuild = NEED_THE_BUILD.has(step) && results.get(BUILD)?.broken;
    const result = noBuild
      ? { passed: 0, failed: 1, skipped: 0, note: 'not run: the Worker does not build' }
      : await runStep(step);
    if (noBuild) report(step.name, result, 0);
    results.set(step, result);
  }
  return [...results.values()];
}

stopOnSignals();
await main(async () => {
  const part = process.argv[2];
  if (part && !PARTS[part]) throw new Plain(`There is no part "${part}": it should be one of ${Object.keys(PARTS).join(', ')}.`);
  await ensureTools();
  const results = await runSteps(part ? PARTS[part] : ALL);
  // Only a whole run can say that every test that the document names did run.
  if (!part) results.push(await runStep({ name: 'requirements', run: () => requirements(sum(results).tests) }));
  const { passed, failed, skipped } = sum(results);
  console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
  // In CI nothing may be left unproved.
  return failed > 0 || (skipped > 0 && process.env.CI === 'true') ? 1 : 0;
});

// Does the budget hold? Each patch in bill/mutants/ makes one statement write one row more, in a copy of the tree; the
// budget's test must fail there and name the item that the patch's header names. Without a patch it must pass.
//
//   npm run prove -- budget
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { withLock } from '../lib/lock.mjs';
import { inTree } from '../lib/paths.mjs';
import { logFile, run, stopOnSignals } from '../lib/run.mjs';
import { Plain, main, say, whileSaying } from '../lib/say.mjs';
import { PROFILE } from '../lib/simulator.mjs';
import { FOLDER, TARGET, TREE, applies, copyTree, planted } from './mutants/tree.mjs';

const PATCHES = inTree('bill', 'mutants');
const LIMIT_MS = 20 * 60_000;

function patches() {
  const names = readdirSync(PATCHES).filter((file) => file.endsWith('.patch')).sort();
  return names.map((name) => {
    const file = join(PATCHES, name);
    const item = /^# Item: (.+)$/m.exec(readFileSync(file, 'utf8'))?.[1];
    if (!item) throw new Plain(`${name} does not name the item that must rise`);
    return { name: name.slice(0, -'.patch'.length), file, item };
  });
}

/** Runs the budget's test in the copy: its exit code, and what it said of items over their budget. */
async function test(name) {
  const log = logFile(`budget/${name}`);
  const args = ['test', '--release', '-p', 'simulator', '--test', 'bill', '-j2', '--', 'budget'];
  const env = { ...PROFILE, CARGO_TARGET_DIR: TARGET };
  const code = await whileSaying(`testing ${name}`, () => run('cargo', args, { log, cwd: TREE, env, timeoutMs: LIMIT_MS }));
  const text = existsSync(log) ? readFileSync(log, 'utf8') : '';
  if (!/^running \d+ tests?$/m.test(text)) throw new Plain(`${name}: the test was not built; see ${log}`);
  return { code, over: text.split('\n').filter((line) => / a user-hour, budget /.test(line) && !line.includes('lower')) };
}

/** What is wrong, if anything. */
async function hunt({ name, file, item }) {
  if (!applies(file)) return `${name} no longer applies`;
  const { code, over } = await planted(file, () => test(name));
  const named = over.filter((line) => line.includes(`${item}:`));
  if (code === 0 || named.length === 0) return `${name}: nothing exceeded its budget of "${item}"`;
  say(`${name}: ${named[0].trim()}`);
  return undefined;
}

async function prove() {
  await copyTree();
  const clean = await test('unpatched');
  if (clean.code !== 0) throw new Plain(`The tree as it is exceeds its budget: ${clean.over.join('; ') || 'see logs/budget'}`);
  const wrong = [];
  for (const patch of patches()) wrong.push(await hunt(patch));
  const found = wrong.filter(Boolean);
  for (const line of found) say(`FAILED ${line}`);
  say(`${wrong.length} patches, ${wrong.length - found.length} found by the budget`);
  return found.length > 0 ? 1 : 0;
}

stopOnSignals();
await main(() => withLock(join(FOLDER, 'lock'), 'planting bugs', prove));

// A copy of the tree in which cargo-mutants changes the code in place: what was built stays, and a change costs seconds.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inTree } from '../../lib/paths.mjs';
import { logFile, mustRun, run } from '../../lib/run.mjs';
import { Plain, duration, say, whileSaying } from '../../lib/say.mjs';
import { program } from '../../setup/cargo-tools.mjs';
import { copyTree } from '../mutants/tree.mjs';
import { CRATES } from './crates.mjs';

/** All of this may be deleted at any time. */
export const FOLDER = inTree('target', 'survivors');

/** A changed loop may never end, and may eat all memory while it does not: no program here needs more (KiB). */
const MEMORY = 8_000_000;
/** A test run that takes so many times as long as the unchanged code's will not end, on a busy machine either. */
const PATIENCE = 5;
const LEAST_PATIENCE_S = 30;

/** Rebuilt a thousand times, run for seconds: nothing to debug with, and SQLite as quick as it gets. */
const PROFILE = '[profile.dev]\ndebug = false\n[profile.dev.package."*"]\nopt-level = 2\n';

/** The kinds of outcome, as cargo-mutants names its lists. */
export const OUTCOMES = ['caught', 'missed', 'timeout', 'unviable'];

/** The file that a mutant's name begins with. */
export const fileOf = (name) => name.split(':')[0];

const whole = (crate) => CRATES[crate].tests;
const quick = (crate) => CRATES[crate].quick ?? whole(crate);

/** Runs a program at low priority, in bounded memory where the system can. */
const bounded = (command, args) =>
  ['nice', ['-n', '5', 'sh', '-c', `ulimit -v ${MEMORY} 2>/dev/null; exec "$@"`, 'sh', command, ...args]];

const exactly = (name) => `^${name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`;

/** The lists that cargo-mutants has written so far: it adds each outcome at once, so a run that was cut short counts. */
function outcomes(output) {
  const lines = (kind) => {
    const file = join(output, 'mutants.out', `${kind}.txt`);
    return existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
  };
  return Object.fromEntries(OUTCOMES.map((kind) => [kind, lines(kind)]));
}

/** One copy, with what was built in it. */
export class Worker {
  #folder;
  #tree;
  #name;
  /** How long the tests of a crate may take, in seconds: `{crate: {quick, whole}}`. */
  #patience = {};

  constructor(number) {
    this.#name = `worker ${number}`;
    this.#folder = join(FOLDER, String(number));
    this.#tree = join(this.#folder, 'tree');
  }

  /** Copies the tree and sees its tests pass as it is. */
  async prepare(crates) {
    await copyTree(this.#tree);
    mkdirSync(join(this.#tree, '.cargo'), { recursive: true });
    const target = `[build]\ntarget-dir = ${JSON.stringify(join(this.#folder, 'build'))}\n`;
    writeFileSync(join(this.#tree, '.cargo', 'config.toml'), target + PROFILE);
    for (const crate of crates) {
      await this.#tests(crate, [...whole(crate), '--no-run']);
      this.#patience[crate] = { quick: await this.#tests(crate, quick(crate)), whole: await this.#tests(crate, whole(crate)) };
    }
  }

  /** Runs the unchanged tests; answers how many seconds a changed one gets. */
  async #tests(crate, args) {
    const [command, words] = bounded('cargo', ['test', '-p', crate, ...args]);
    const begun = Date.now();
    const log = logFile(`survivors/${this.#name.replace(' ', '-')}-${crate}`);
    const work = () => mustRun(`the tests of ${crate} as they are`, command, words, { log, cwd: this.#tree });
    await whileSaying(`${this.#name}: ${crate} as it is`, work);
    return Math.max(LEAST_PATIENCE_S, Math.ceil(((Date.now() - begun) / 1000) * PATIENCE));
  }

  /** Tries the mutants of a shard, at most until `deadline`; answers the names by outcome. */
  async test({ crate, shard, of }, deadline) {
    const begun = Date.now();
    const name = `${crate}-${shard}`;
    const files = CRATES[crate].files.flatMap((file) => ['--file', file]);
    const sharded = [...files, '--shard', `${shard}/${of}`, '--sharding', 'round-robin'];
    const found = await this.#mutate(name, crate, sharded, this.#patience[crate].quick, quick(crate), deadline);
    if (found.missed.length > 0 && CRATES[crate].quick) await this.#again(name, crate, found, deadline);
    const counts = OUTCOMES.map((kind) => `${found[kind].length} ${kind}`).join(', ');
    say(`${name} of ${of}: ${counts} (${duration(Date.now() - begun)})`);
    for (const survivor of found.missed) say(`  lives: ${survivor}`);
    return found;
  }

  /**
   * What the quick tests missed, with all of them; what time does not suffice for is put down as missed. Among mutants
   * that leave out a field no pattern chooses (cargo-mutants 27.1.0): of those in the same files all are tried, and what
   * comes of the others counts for nothing.
   */
  async #again(name, crate, found, deadline) {
    const files = [...new Set(found.missed.map(fileOf))].flatMap((file) => ['--file', file]);
    const only = [...files, ...found.missed.flatMap((survivor) => ['--re', exactly(survivor)])];
    const later = await this.#mutate(`${name}-again`, crate, only, this.#patience[crate].whole, whole(crate), deadline);
    for (const kind of ['caught', 'timeout']) {
      const settled = new Set(later[kind].filter((survivor) => found.missed.includes(survivor)));
      found[kind].push(...settled);
      found.missed = found.missed.filter((survivor) => !settled.has(survivor));
    }
  }

  async #mutate(name, crate, which, patience, tests, deadline) {
    const output = join(this.#folder, 'output');
    rmSync(output, { recursive: true, force: true });
    mkdirSync(output, { recursive: true });
    const left = deadline - Date.now();
    if (left <= 0) return outcomes(output);
    const how = ['--in-place', '--baseline', 'skip', '--timeout', String(patience), '--output', output, '--no-times'];
    const args = ['mutants', '--dir', this.#tree, '--package', crate, ...which, ...how, '--', ...tests];
    const log = logFile(`survivors/${name}`);
    const [command, words] = bounded(program('cargo-mutants'), args);
    const options = { log, cwd: this.#tree, timeoutMs: Number.isFinite(left) ? left : undefined };
    const begun = Date.now();
    const code = await run(command, words, options);
    const cut = Date.now() - begun >= left;
    // 2: something was missed. 3: something took too long.
    if (!cut && ![0, 2, 3].includes(code)) throw new Plain(`cargo-mutants ended with exit code ${code}: see ${log}`);
    return outcomes(output);
  }
}

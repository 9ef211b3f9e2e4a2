// Runs a simulator and reads what it found.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { logFile, run, tail } from '../../lib/run.mjs';
import { Plain, whileSaying } from '../../lib/say.mjs';

/** A planted bug may well make it run for ever. */
const LIMIT_MS = 20 * 60_000;

/**
 * `{ran, failed: [{seed, invariant, detail}]}` of a search; `name` names its log. Failed seeds are a result; anything
 * else that goes wrong is an error.
 */
export async function simulate(program, { name, profile, seeds, from, jobs, stopAfter }) {
  const log = logFile(`mutants/${name}`);
  const json = `${log.slice(0, -'.log'.length)}.json`;
  rmSync(json, { force: true });
  const args = ['--seeds', String(seeds), '--profile', profile, '--jobs', String(jobs), '--json', json];
  if (from !== undefined) args.push('--from', String(from));
  if (stopAfter !== undefined) args.push('--stop-after', String(stopAfter));
  const code = await whileSaying(`simulating ${name}`, () => run(program, args, { log, timeoutMs: LIMIT_MS }));
  if (code > 1 || !existsSync(json)) throw new Plain(`the simulator ended with exit code ${code}: ${tail(log, 3)}`);
  const { ran, failed } = JSON.parse(readFileSync(json, 'utf8'));
  if ((code === 1) !== failed.length > 0) throw new Plain(`the simulator ended with exit code ${code} and ${failed.length} failed seeds`);
  return { ran, failed };
}

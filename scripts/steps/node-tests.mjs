// Runs files of tests with node's own runner, under the tree's Node 24.
import { rmSync } from 'node:fs';
import { inTree, NODE } from '../lib/paths.mjs';
import { judged, nodeResults } from '../lib/results.mjs';
import { logFile, run } from '../lib/run.mjs';

/** A hang must end as a failure, well before the whole run's time is up. */
const TEST_TIMEOUT_MS = 10 * 60_000;

/** Runs every `*.test.mjs` below `folder`; the log is logs/<name>.log, the results are logs/<name>.jsonl. */
export async function nodeTests(name, folder, { env = {}, concurrency = 2, timeoutMs = 60 * 60_000 } = {}) {
  const results = inTree('logs', `${name}.jsonl`);
  rmSync(results, { force: true });
  const reporter = new URL('../lib/results-reporter.mjs', import.meta.url).href;
  const args = [
    '--test',
    `--test-concurrency=${concurrency}`,
    `--test-timeout=${TEST_TIMEOUT_MS}`,
    '--test-reporter=spec',
    '--test-reporter-destination=stdout',
    `--test-reporter=${reporter}`,
    `--test-reporter-destination=${results}`,
    `${folder}/**/*.test.mjs`,
  ];
  const log = logFile(name);
  const code = await run(NODE, args, { log, env, timeoutMs });
  return { ...judged(nodeResults(results), code), log };
}

// The steps around the built Worker: the build and its size, wrangler's view of it, end to end, and the browser.
import { mkdirSync, rmSync } from 'node:fs';
import { openapi } from '../checks/openapi.mjs';
import { buildGateway } from '../lib/gateway.mjs';
import { inTree, npmBin, NODE } from '../lib/paths.mjs';
import { none, one, sum } from '../lib/results.mjs';
import { logFile, run } from '../lib/run.mjs';
import { buildWorker, sizeLine } from '../setup/build.mjs';
import { ensureChromium, HOW } from '../setup/chromium.mjs';
import { ensureKafka, HOW as HOW_KAFKA } from '../setup/kafka.mjs';
import { ensureUpstash, HOW as HOW_PYTHON } from '../setup/python.mjs';
import { ensureRedis, HOW as HOW_REDIS } from '../setup/redis.mjs';
import { buildBill } from '../../tests/lib/bill.mjs';
import { buildConsumers } from '../../tests/lib/consumers.mjs';
import { buildHistory } from '../../tests/lib/history/program.mjs';
import { buildSequences } from '../../tests/lib/redis-sequences.mjs';
import { nodeTests } from './node-tests.mjs';

/** The build fails loudly by itself; what is tested is its size. */
async function build() {
  try {
    const size = await buildWorker();
    return one(!size.overBudget, sizeLine(size));
  } catch {
    return { ...one(false, 'the Worker does not build'), log: logFile('build'), broken: true };
  }
}

/** `wrangler deploy --dry-run` for each environment. */
async function dryRun() {
  const log = logFile('dry-run');
  const results = [];
  for (const environment of ['', 'staging', 'production']) {
    const outdir = inTree('.wrangler', 'dry-run');
    const args = [npmBin('wrangler'), 'deploy', '--dry-run', '--outdir', outdir, '--env', environment];
    results.push(one((await run(NODE, args, { log, append: results.length > 0 })) === 0));
  }
  return { ...sum(results), log };
}

const SEEN = inTree('logs', 'seen.jsonl');

async function endToEnd() {
  const servers = inTree('logs', 'servers');
  rmSync(servers, { recursive: true, force: true });
  rmSync(SEEN, { force: true });
  mkdirSync(servers, { recursive: true });
  const HISTORY_BIN = await buildHistory();
  const BILL_BIN = await buildBill();
  const redis = await ensureRedis();
  const kafka = await ensureKafka();
  const GATEWAY_BIN = (redis || kafka) && (await buildGateway());
  if (kafka) await buildConsumers();
  const SEQUENCES_BIN = redis && (await buildSequences());
  // A test that needs what is missing is skipped with these words.
  const REDIS_MISSING = redis ? undefined : HOW_REDIS;
  const python = await ensureUpstash();
  const UPSTASH = { UPSTASH_PYTHON_BIN: python, PYTHON_MISSING: python ? undefined : HOW_PYTHON };
  const KAFKA_MISSING = kafka ? undefined : HOW_KAFKA;
  const behind = { GATEWAY_BIN, REDIS_MISSING, REDIS_SERVER_BIN: redis, KAFKA_MISSING, ...kafka };
  const env = { ROLLCALL_LOGS: servers, ROLLCALL_SEEN: SEEN, HISTORY_BIN, BILL_BIN, SEQUENCES_BIN, ...behind, ...UPSTASH };
  return nodeTests('e2e', 'tests/e2e', { env });
}

async function browser() {
  const program = await ensureChromium();
  // Without a browser nothing of it was shown: the person is told how, and it never counts as passed.
  if (!program) return { ...none(), skipped: 1, note: HOW };
  return nodeTests('browser', 'tests/browser', { env: { CHROMIUM_BIN: program } });
}

/** Needed by all that follows it. */
export const BUILD = { name: 'wasm build', run: build };

export const DRY_RUN = { name: 'wrangler dry run', run: dryRun };
export const E2E = { name: 'end to end', run: endToEnd };
export const OPENAPI = { name: 'OpenAPI document', run: () => openapi(SEEN) };
export const BROWSER = { name: 'browser', run: browser };

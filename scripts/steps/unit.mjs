// The steps that need no server: format, lints, native tests, and the STOMP codec against the JavaScript one.
import { writeFileSync } from 'node:fs';
import { example, nativeOnly } from '../lib/cargo.mjs';
import { coverageNote, coverageTable, readCoverage } from '../lib/coverage.mjs';
import { cargoResults, judged, one } from '../lib/results.mjs';
import { logFile, run } from '../lib/run.mjs';
import { ensureKafka } from '../setup/kafka.mjs';
import { ensureRedis } from '../setup/redis.mjs';
import { nodeTests } from './node-tests.mjs';

const WARNINGS_ARE_ERRORS = ['--', '-D', 'warnings'];

/** A program that either succeeds or not, as one test. */
async function command(name, program, args) {
  const log = logFile(name);
  return { ...one((await run(program, args, { log })) === 0), log };
}

async function clippyAtTheEdge() {
  const without = (await nativeOnly()).flatMap((crate) => ['--exclude', crate]);
  const args = ['clippy', '--workspace', '--lib', ...without, '--target', 'wasm32-unknown-unknown'];
  return command('clippy-wasm32', 'cargo', [...args, ...WARNINGS_ARE_ERRORS]);
}

/** What the simulator's seeds covered, in a few words; every count is in `logs/coverage.log`. */
function covered(log) {
  const profiles = readCoverage(log);
  if (profiles.length > 0) writeFileSync(logFile('coverage'), coverageTable(profiles));
  return coverageNote(profiles) || 'the simulator did not say what it covered';
}

/**
 * Some of them start a Redis or a Kafka of their own; where there is none they are skipped, and say what to install.
 * What passing tests print is kept too: the simulator's coverage is among it.
 */
async function nativeTests() {
  const REDIS_SERVER_BIN = await ensureRedis();
  const kafka = await ensureKafka();
  const log = logFile('native');
  const args = ['test', '--workspace', '--no-fail-fast', '--', '--show-output'];
  const code = await run('cargo', args, { log, env: { REDIS_SERVER_BIN, ...kafka } });
  return { note: covered(log), ...judged(cargoResults(log), code), log };
}

async function stompCross() {
  const log = logFile('stomp-cross');
  const code = await run('cargo', ['build', '-p', 'stomp', '--example', 'cross'], { log });
  if (code !== 0) return { ...one(false, 'the example `cross` of crate stomp does not build'), log };
  return nodeTests('stomp-cross', 'tests/stomp-cross', { env: { STOMP_CROSS_BIN: await example('cross') } });
}

/** In the order in which they run: the quick ones first. */
export const UNIT = [
  { name: 'format', run: () => command('format', 'cargo', ['fmt', '--all', '--check']) },
  { name: 'locked', run: () => command('locked', 'cargo', ['metadata', '--locked', '--format-version', '1']) },
  { name: 'clippy', run: () => command('clippy', 'cargo', ['clippy', '--workspace', '--all-targets', ...WARNINGS_ARE_ERRORS]) },
  { name: 'clippy wasm32', run: clippyAtTheEdge },
  { name: 'native tests', run: nativeTests },
  { name: 'stomp cross', run: stompCross },
];

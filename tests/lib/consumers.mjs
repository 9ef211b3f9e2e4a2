// The consumers of `examples/`, as programs that a test runs.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { workspace } from '../../scripts/lib/cargo.mjs';
import { NODE, inTree } from '../../scripts/lib/paths.mjs';
import { logFile, mustRun } from '../../scripts/lib/run.mjs';
import { until, within } from './until.mjs';

/** How each is called for a broker, a topic, and more. */
export const CONSUMERS = {
  node: (kafka, topic, more) => [NODE, [inTree('examples', 'consumer-node', 'consumer.mjs'), '--kafka', kafka, '--topic', topic, ...more]],
  rust: (kafka, topic, more) => [rust, [kafka, topic, ...more]],
};

let rust;

/** Builds what has to be built. */
export async function buildConsumers() {
  await mustRun('the build of the consumer', 'cargo', ['build', '-p', 'consumer-rust', '-j2'], { log: logFile('consumer-build') });
  rust = join((await workspace()).target_directory, 'debug', 'consumer-rust');
}

/** One that runs: `{lines, line(what, fits), stop(), ended}`; `ended` gives `{code, lines, last}`. */
export function consume(kind, broker, { topic = 'presence-events', untilEnd = true } = {}) {
  const [program, args] = CONSUMERS[kind](broker.address, topic, untilEnd ? ['--until-end'] : []);
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const lines = [];
  let wrong = '';
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(JSON.parse(line)));
  child.stderr.on('data', (chunk) => (wrong += chunk));
  const closed = new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, lines, last: lines.at(-1), wrong }));
  });
  return {
    lines,
    line: (what, fits) => until(what, () => lines.find(fits), { timeout: 60_000 }),
    stop: () => child.kill('SIGTERM'),
    kill: () => child.kill('SIGKILL'),
    ended: within(closed, `the end of the consumer (${kind})`, 120_000),
  };
}

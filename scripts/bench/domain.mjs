// Natively: what the domain costs on top of its SQL statements, and how fast STOMP is parsed.
//
//   node scripts/bench/domain.mjs
//
// Each crate measures against the least that the same work needs, in the same run, in turns, by the median. Prints one
// JSON object; the ratios are what counts, since they hold on any machine.
import { cpus } from 'node:os';
import { readFileSync } from 'node:fs';
import { logFile, run, tail } from '../lib/run.mjs';
import { Plain, main } from '../lib/say.mjs';

const BENCHES = [
  ['presence', ['--features', 'native']],
  ['stomp', []],
];

/** Builds and runs the `bench` example of a crate; answers the JSON object that it prints. */
async function measure(name, options) {
  const log = logFile(`bench-${name}`);
  const code = await run('cargo', ['run', '--release', '-p', name, ...options, '--example', 'bench'], { log });
  const line = readFileSync(log, 'utf8').split('\n').findLast((text) => text.startsWith('{'));
  if (code !== 0 || !line) throw new Plain(`The benchmark of ${name} failed:\n${tail(log)}`);
  return JSON.parse(line);
}

await main(async () => {
  const report = {};
  for (const [name, options] of BENCHES) Object.assign(report, await measure(name, options));
  Object.assign(report, { cpus: cpus().length, cpu: cpus()[0]?.model, at: new Date().toISOString() });
  console.log(JSON.stringify(report));
});

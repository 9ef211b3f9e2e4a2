// 10,000 seeds of each profile, other ones in each run; `npm test` plays a few hundred that are always the same.
//
//   npm run prove -- simulator
//   npm run prove -- simulator --profile hostile --seeds 50000 --from 0 --jobs 2
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { childEnv, stopOnSignals } from '../lib/run.mjs';
import { main, say } from '../lib/say.mjs';
import { buildSimulator } from '../lib/simulator.mjs';

const { values: options } = parseArgs({
  options: {
    profile: { type: 'string' },
    seeds: { type: 'string', default: '10000' },
    from: { type: 'string' },
    jobs: { type: 'string', default: '2' },
  },
});

/** Seconds since 2026: no two runs begin with the same seed. */
const fresh = () => String(Math.floor((Date.now() - Date.UTC(2026, 0)) / 1000) * 100);

/** In this terminal: it reports its progress itself. */
function play(program, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: 'inherit', env: childEnv() });
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

stopOnSignals();
await main(async () => {
  const program = join(await buildSimulator(), 'simulator');
  const from = options.from ?? fresh();
  let worst = 0;
  for (const profile of options.profile ? [options.profile] : ['calm', 'rough', 'hostile']) {
    say(`${profile}: ${options.seeds} seeds from ${from}`);
    worst = Math.max(worst, await play(program, ['--profile', profile, '--seeds', options.seeds, '--from', from, '--jobs', options.jobs]));
  }
  return worst;
});

// `npm run bench`: runs the benchmarks in scripts/bench/, all of them or the one that is named.
//
//   npm run bench                                  all, with their defaults
//   npm run bench -- fanout --users 200            one, with its options
import { chosen, runProgram } from './lib/programs.mjs';
import { main, say } from './lib/say.mjs';
import { ensureWorker } from './setup/index.mjs';

await main(async () => {
  const { names, args } = chosen('bench', process.argv.slice(2));
  await ensureWorker();
  let worst = 0;
  for (const name of names) {
    say(`${name} ${args.join(' ')}`);
    worst = Math.max(worst, await runProgram('bench', name, args));
  }
  return worst;
});

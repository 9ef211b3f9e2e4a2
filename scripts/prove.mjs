// `npm run prove`: the long proofs in scripts/prove/, all of them or the one that is named. Minutes to hours; `npm test`
// runs a short form of each.
//
//   npm run prove                                       all, with their defaults
//   npm run prove -- simulator --profile hostile        one, with its options
import { chosen, runProgram } from './lib/programs.mjs';
import { duration, main, say } from './lib/say.mjs';
import { ensureTools } from './setup/index.mjs';

await main(async () => {
  const { names, args } = chosen('prove', process.argv.slice(2));
  await ensureTools();
  const failed = [];
  for (const name of names) {
    say(`prove ${[name, ...args].join(' ')}`);
    const begun = Date.now();
    const code = await runProgram('prove', name, args);
    say(`prove ${name}: ${code === 0 ? 'ok' : 'FAILED'} (${duration(Date.now() - begun)})`);
    if (code !== 0) failed.push(name);
  }
  if (failed.length > 0) say(`failed: ${failed.join(', ')}`);
  return failed.length > 0 ? 1 : 0;
});

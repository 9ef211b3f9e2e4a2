// `npm run bench`: runs the benchmarks in scripts/bench/, all of them or the one that is named.
//
//   npm run bench                                  all, with their defaults
//   npm run bench -- fanout --users 200            one, with its options
import { readdirSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { NODE, ROOT, inTree } from './lib/paths.mjs';
import { childEnv } from './lib/run.mjs';
import { Plain, main, say } from './lib/say.mjs';
import { ensureWorker } from './setup/index.mjs';

const names = () =>
  readdirSync(inTree('scripts', 'bench')).filter((file) => file.endsWith('.mjs')).map((file) => file.slice(0, -4)).sort();

/** Runs one benchmark in this terminal; answers its exit code. In our own process group, so Ctrl-C reaches it. */
function bench(name, args) {
  say(`${name} ${args.join(' ')}`);
  return new Promise((resolve, reject) => {
    const child = spawn(NODE, [inTree('scripts', 'bench', `${name}.mjs`), ...args], { cwd: ROOT, env: childEnv(), stdio: 'inherit' });
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

await main(async () => {
  const [first, ...rest] = process.argv.slice(2);
  const named = first && !first.startsWith('-');
  if (named && !names().includes(first)) throw new Plain(`There is no benchmark "${first}": ${names().join(', ')}.`);
  await ensureWorker();
  let worst = 0;
  for (const name of named ? [first] : names()) worst = Math.max(worst, await bench(name, named ? rest : []));
  return worst;
});

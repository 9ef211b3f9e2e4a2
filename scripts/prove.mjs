// `npm run prove`: the long proofs in scripts/prove/, all of them or the one that is named. Minutes to hours; `npm test`
// runs a short form of each.
//
//   npm run prove                                       all, with their defaults
//   npm run prove -- simulator --profile hostile        one, with its options
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { NODE, ROOT, inTree } from './lib/paths.mjs';
import { childEnv } from './lib/run.mjs';
import { Plain, duration, main, say } from './lib/say.mjs';
import { ensureTools } from './setup/index.mjs';

const names = () =>
  readdirSync(inTree('scripts', 'prove')).filter((file) => file.endsWith('.mjs')).map((file) => file.slice(0, -4)).sort();

/** Runs one proof in this terminal; answers its exit code. In our own process group, so Ctrl-C reaches it. */
function prove(name, args) {
  say(`prove ${[name, ...args].join(' ')}`);
  return new Promise((resolve, reject) => {
    const child = spawn(NODE, [inTree('scripts', 'prove', `${name}.mjs`), ...args], { cwd: ROOT, env: childEnv(), stdio: 'inherit' });
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

await main(async () => {
  const [first, ...rest] = process.argv.slice(2);
  const named = first && !first.startsWith('-');
  if (named && !names().includes(first)) throw new Plain(`There is no proof "${first}": ${names().join(', ')}.`);
  await ensureTools();
  const failed = [];
  for (const name of named ? [first] : names()) {
    const begun = Date.now();
    const code = await prove(name, named ? rest : []);
    say(`prove ${name}: ${code === 0 ? 'ok' : 'FAILED'} (${duration(Date.now() - begun)})`);
    if (code !== 0) failed.push(name);
  }
  if (failed.length > 0) say(`failed: ${failed.join(', ')}`);
  return failed.length > 0 ? 1 : 0;
});

// A folder of programs behind one command: `npm run bench -- fanout --users 200`.
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { NODE, ROOT, inTree } from './paths.mjs';
import { childEnv } from './run.mjs';
import { Plain } from './say.mjs';

/** Runs one in this terminal; answers its exit code. In our own process group, so Ctrl-C reaches it. */
export function runProgram(folder, name, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(NODE, [inTree('scripts', folder, `${name}.mjs`), ...args], { cwd: ROOT, env: childEnv(), stdio: 'inherit' });
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

/** Which of `scripts/<folder>/` the command line asks for, and with which arguments: all where none is named. */
export function chosen(folder, words) {
  const [first, ...rest] = words;
  const files = readdirSync(inTree('scripts', folder)).filter((file) => file.endsWith('.mjs'));
  const names = files.map((file) => file.slice(0, -4)).sort();
  if (!first || first.startsWith('-')) return { names, args: [] };
  if (!names.includes(first)) throw new Plain(`There is no "${first}" here: ${names.join(', ')}.`);
  return { names: [first], args: rest };
}

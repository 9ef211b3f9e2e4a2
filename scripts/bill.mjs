// `npm run bill`: what running Rollcall would cost, counted from the code as it is (docs/cost.md).
//
//   npm run bill                              all scenarios, held to bill/budget.toml
//   npm run bill -- --counts --only always-on one of them, with its operations a user and hour
//   npm run bill -- --heartbeat 19            with other settings; no budget applies
//   npm run bill -- --write                   writes the budgets, the chart, and the table in docs/cost.md
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inTree } from './lib/paths.mjs';
import { childEnv, stopOnSignals } from './lib/run.mjs';
import { Plain, main, say } from './lib/say.mjs';
import { buildSimulator } from './lib/simulator.mjs';
import { ensureRust } from './setup/rust.mjs';

const DOCUMENT = inTree('docs', 'cost.md');
const CHART = inTree('docs', 'images', 'cost.svg');
/** What stands between these in the document is written here. */
const [BEGIN, END] = ['<!-- bill: begin -->', '<!-- bill: end -->'];

/** Runs the program; what it prints is shown and kept: `{code, text}`. */
function bill(program, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'], env: childEnv() });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
      process.stdout.write(chunk);
    });
    child.once('error', reject);
    child.once('close', (code) => resolve({ code: code ?? 1, text }));
  });
}

/** Puts the table of `text` into the document. */
function writeTable(text) {
  const table = text.split('\n').filter((line) => line.startsWith('|')).join('\n');
  const document = readFileSync(DOCUMENT, 'utf8');
  const [from, to] = [document.indexOf(BEGIN), document.indexOf(END)];
  if (from < 0 || to < from) throw new Plain('docs/cost.md has no place for the table');
  writeFileSync(DOCUMENT, `${document.slice(0, from + BEGIN.length)}\n\n${table}\n\n${document.slice(to)}`);
}

stopOnSignals();
await main(async () => {
  const args = process.argv.slice(2);
  const writes = args.includes('--write');
  if (writes && args.length > 1) throw new Plain('`--write` writes the budgets of all scenarios: it goes alone.');
  await ensureRust();
  const program = join(await buildSimulator(), 'bill');
  const { code, text } = await bill(program, writes ? ['--write', '--svg', CHART] : args);
  if (writes && code === 0) {
    writeTable(text);
    say('wrote bill/budget.toml, docs/images/cost.svg and the table in docs/cost.md');
  }
  return code;
});

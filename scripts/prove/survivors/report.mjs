// What the changes came to, for people and for a file.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { inTree } from '../../lib/paths.mjs';
import { say } from '../../lib/say.mjs';
import { OUTCOMES, fileOf } from './worker.mjs';

const FILE = inTree('logs', 'survivors', 'report.json');
/** Below this share the tests are not worth the name. */
const ENOUGH = 0.9;

/** `{file: {caught, missed, timeout, unviable}}`, in the order of the files. */
function byFile(all) {
  const files = [...new Set(OUTCOMES.flatMap((kind) => all[kind].map(fileOf)))].sort();
  const counts = (file) => OUTCOMES.map((kind) => [kind, all[kind].filter((name) => fileOf(name) === file).length]);
  return Object.fromEntries(files.map((file) => [file, Object.fromEntries(counts(file))]));
}

/** What never compiled says nothing; what never ended was noticed. */
function share({ caught, missed, timeout }) {
  const tried = caught + missed + timeout;
  return tried === 0 ? 1 : (caught + timeout) / tried;
}

const percent = (part) => `${(part * 100).toFixed(1)} %`;

/** The table, the list and the file; answers the exit code. */
export function report(results, shards) {
  const all = Object.fromEntries(OUTCOMES.map((kind) => [kind, results.flatMap((result) => result[kind]).sort()]));
  const files = byFile(all);
  const sum = Object.fromEntries(OUTCOMES.map((kind) => [kind, all[kind].length]));
  const row = (name, counts) => `| ${name} | ${OUTCOMES.map((kind) => counts[kind]).join(' | ')} | ${percent(share(counts))} |`;
  console.log(`| file | ${OUTCOMES.join(' | ')} | noticed |\n|---|${'---:|'.repeat(OUTCOMES.length + 1)}`);
  for (const [file, counts] of Object.entries(files)) console.log(row(file, counts));
  console.log(row('all', sum));
  for (const name of all.missed) console.log(`lives: ${name}`);
  mkdirSync(dirname(FILE), { recursive: true });
  const { missed, timeout } = all;
  writeFileSync(FILE, `${JSON.stringify({ at: new Date().toISOString(), shards: results.length, of: shards, sum, files, missed, timeout }, null, 2)}\n`);
  say(`${results.length} of ${shards} shards: ${percent(share(sum))} noticed, ${sum.missed} live on`);
  if (share(sum) < ENOUGH) say(`FAILED: less than ${percent(ENOUGH)} was noticed`);
  return share(sum) < ENOUGH ? 1 : 0;
}

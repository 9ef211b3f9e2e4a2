// What the hunt for planted bugs came to, for people and for a file.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { inTree } from '../../lib/paths.mjs';
import { duration, say } from '../../lib/say.mjs';

const FILE = inTree('logs', 'mutants', 'report.json');

/** The invariants that found a bug, the most frequent first: `4 ×3, 1 ×2`. */
function invariants(failed) {
  const counts = new Map();
  for (const { invariant } of failed) {
    const name = invariant.split(':')[0].trim();
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1]).map(([name, count]) => `${name} ×${count}`).join(', ');
}

/** One line as soon as it is known. */
export function tell({ name, ran, failed, ms, trouble }) {
  const found = trouble ? `FAILED: ${trouble}` : `found by ${invariants(failed)}`;
  say(`${name}: ${ran} seeds, ${found} (${duration(ms)})`);
}

/** The table and its file; answers the exit code. */
export function report(results) {
  const rows = results.map(({ name, ran, failed, ms, trouble }) =>
    [name, String(ran), String(failed.length), invariants(failed) || '—', (ms / 1000).toFixed(1), trouble ?? '']);
  const head = ['planted bug', 'seeds run', 'found in', 'by invariant', 'seconds', ''];
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column].length)));
  for (const row of [head, ...rows]) console.log(row.map((text, column) => text.padEnd(widths[column])).join('  ').trimEnd());
  mkdirSync(dirname(FILE), { recursive: true });
  writeFileSync(FILE, `${JSON.stringify({ at: new Date().toISOString(), results }, null, 2)}\n`);
  const lost = results.filter(({ trouble }) => trouble);
  say(lost.length === 0 ? `all ${results.length} found` : `${lost.length} of ${results.length} not found: ${lost.map(({ name }) => name).join(', ')}`);
  return lost.length === 0 ? 0 : 1;
}

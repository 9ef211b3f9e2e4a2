// Planted bugs are patches against the code of today: one that no longer applies proves nothing.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { inTree } from '../lib/paths.mjs';
import { one } from '../lib/results.mjs';
import { ask } from '../lib/run.mjs';

const FOLDERS = [['crates', 'simulator', 'mutants'], ['bill', 'mutants']];

/** Each patch by itself. */
export async function patches() {
  const files = FOLDERS.flatMap((parts) => readdirSync(inTree(...parts)).filter((name) => name.endsWith('.patch')).map((name) => join(...parts, name)));
  const stale = [];
  for (const file of files) if ((await ask('git', ['apply', '--check', file])) === undefined) stale.push(file);
  return one(stale.length === 0 && files.length > 0, stale.length > 0 ? `no longer apply: ${stale.join(', ')}` : `${files.length} patches apply`);
}

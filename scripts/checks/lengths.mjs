// No file of code is longer than one can keep in mind.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { extname, join, relative } from 'node:path';
import { ROOT, inTree } from '../lib/paths.mjs';
import { one } from '../lib/results.mjs';

const LIMIT = 400;
const FOLDERS = ['src', 'durable-objects', 'crates', 'scripts', 'tests', 'web', 'examples'];
const CODE = new Set(['.rs', '.mjs', '.js', '.ts', '.css', '.html', '.sh']);
const NOT_OURS = new Set(['node_modules', 'target', 'vendor']);

function* code(folder) {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && !NOT_OURS.has(entry.name)) yield* code(path);
    else if (entry.isFile() && CODE.has(extname(entry.name))) yield path;
  }
}

const lines = (path) => readFileSync(path, 'utf8').split('\n').length - 1;

/** Files over the limit fail this, by name. */
export function lengths() {
  const paths = FOLDERS.flatMap((folder) => [...code(inTree(folder))]);
  const long = paths.map((path) => [relative(ROOT, path), lines(path)]).filter(([, count]) => count > LIMIT);
  const note = long.map(([path, count]) => `${path} has ${count} lines, the limit is ${LIMIT}`).join('; ');
  return one(long.length === 0, note || `${paths.length} files, none over ${LIMIT} lines`);
}

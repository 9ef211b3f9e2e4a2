// The lock file says which packages and with which checksums, but not from where: everyone has their own registry.
import { readFileSync } from 'node:fs';
import { inTree } from '../lib/paths.mjs';
import { one } from '../lib/results.mjs';

/** A download address, or a package without a checksum, fails this. */
export function lockfile() {
  const packages = Object.entries(JSON.parse(readFileSync(inTree('package-lock.json'), 'utf8')).packages);
  const placed = packages.filter(([, entry]) => entry.resolved).map(([path]) => path);
  const unchecked = packages.filter(([path, entry]) => path && !entry.link && !entry.integrity).map(([path]) => path);
  const notes = [...placed.map((path) => `${path} has an address`), ...unchecked.map((path) => `${path} has no checksum`)];
  return one(notes.length === 0, notes.join('; ') || `${packages.length} packages`);
}

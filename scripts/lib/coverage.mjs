// What the simulator's seeds covered, from what their test prints: how often each fault and each operation happened.
import { existsSync, readFileSync } from 'node:fs';

const LINE = /^covered on (\w+) days: (\{.*\})$/gm;

/** One `{profile, faults, operations}` a profile; the counts by name. */
export function readCoverage(file) {
  if (!existsSync(file)) return [];
  const lines = [...readFileSync(file, 'utf8').matchAll(LINE)].map(([, profile, json]) => ({ profile, ...JSON.parse(json) }));
  return lines.sort((a, b) => a.profile.localeCompare(b.profile));
}

const names = (profiles, what) => [...new Set(profiles.flatMap((profile) => Object.keys(profile[what])))].sort();
const count = (profile, what, name) => profile[what][name] ?? 0;

/** All of one kind in a sentence: how many there are, how often they happened, and which was the rarest in which profile. */
function sentence(profiles, what) {
  const all = profiles.flatMap((profile) => names(profiles, what).map((name) => ({ name, profile: profile.profile, times: count(profile, what, name) })));
  const times = all.reduce((sum, one) => sum + one.times, 0);
  const rarest = all.reduce((least, one) => (one.times < least.times ? one : least));
  return `${names(profiles, what).length} ${what} ${times.toLocaleString('en')} times (rarest ${rarest.name}: ${rarest.times}, ${rarest.profile})`;
}

/** For the screen. */
export const coverageNote = (profiles) => profiles.length > 0 && `simulated ${sentence(profiles, 'faults')}, ${sentence(profiles, 'operations')}`;

/** For the log: a line a name, a column a profile. */
export function coverageTable(profiles) {
  const line = (name, cells) => name.padEnd(24) + cells.map((cell) => String(cell).padStart(12)).join('');
  const rows = (what) => names(profiles, what).map((name) => line(name, profiles.map((profile) => count(profile, what, name))));
  const heads = profiles.map(({ profile }) => profile);
  return [line('faults', heads), ...rows('faults'), '', line('operations', heads), ...rows('operations'), ''].join('\n');
}

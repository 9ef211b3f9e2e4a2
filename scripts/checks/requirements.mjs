// docs/requirements.md: every test that its last column names exists, ran, and was not skipped.
//
// A row is shown by one or more references in backticks: `file: name of the test`, or `file` alone, which stands for
// all of its tests (or, for a page, for its being there). A row may instead begin with "later": it says so openly, and
// is counted in the note.
import { existsSync, readFileSync } from 'node:fs';
import { inTree } from '../lib/paths.mjs';
import { one } from '../lib/results.mjs';

const ROW = /^\|\s*([A-Z]\d+(?:[–-][A-Z]?\d+)?)\s*\|/;

/** `[{id, shown}]`: the rows of the tables, with their last cells. */
export function rows(text) {
  return text.split('\n').flatMap((line) => {
    const id = ROW.exec(line)?.[1];
    const cells = line.trim().replace(/\|$/, '').split(/(?<!\\)\|/);
    return id ? [{ id, shown: cells.at(-1).trim() }] : [];
  });
}

/** `[{file, name?}]`: what a cell refers to. */
export function references(cell) {
  const quoted = [...cell.matchAll(/`([^`]+)`/g)].map(([, text]) => text);
  return quoted.map((text) => {
    const at = text.indexOf(': ');
    return at < 0 ? { file: text } : { file: text.slice(0, at), name: text.slice(at + 2) };
  });
}

/** Rust's tests are known by the last part of their path, and are looked for in the file too. */
function sought({ file, name }, tests) {
  if (!file.endsWith('.rs')) return tests.filter((test) => test.file === file && (!name || test.name === name));
  const text = readFileSync(inTree(file), 'utf8');
  const here = (test) => new RegExp(`\\bfn ${test.name.split('::').at(-1)}\\b`).test(text);
  return tests.filter((test) => test.file === 'cargo' && (!name || test.name.split('::').at(-1) === name) && here(test));
}

/** What is wrong with a reference, or nothing. */
export function fault(reference, tests) {
  const { file, name } = reference;
  const label = name ? `${file}: ${name}` : file;
  if (!existsSync(inTree(file))) return `\`${label}\`: no such file`;
  const holdsTests = /\.test\.mjs$|\.rs$/.test(file);
  if (!holdsTests) return name ? `\`${label}\`: not a file of tests` : undefined;
  const found = sought(reference, tests);
  if (found.length === 0) return `\`${label}\`: did not run`;
  const bad = found.find(({ outcome }) => outcome !== 'passed');
  return bad && `\`${label}\`: ${bad.outcome}`;
}

/** Checks the document against the tests that ran. */
export function requirements(tests) {
  const file = inTree('docs', 'requirements.md');
  if (!existsSync(file)) return one(false, 'docs/requirements.md is missing');
  const all = rows(readFileSync(file, 'utf8'));
  const later = all.filter(({ shown }) => /^later\b/i.test(shown));
  const due = all.filter((row) => !later.includes(row));
  const faults = due.flatMap(({ id, shown }) => {
    const named = references(shown);
    if (named.length === 0) return [`${id}: nothing shows it`];
    return named.map((reference) => fault(reference, tests)).filter(Boolean).map((text) => `${id}: ${text}`);
  });
  if (all.length === 0) faults.push('docs/requirements.md has no rows');
  return one(faults.length === 0, faults.join('\n    ') || `${due.length} rows shown, ${later.length} marked as later`);
}

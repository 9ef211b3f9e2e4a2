// What a step of `npm test` found: counts, and the tests by name for the check of docs/requirements.md.
import { existsSync, readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { ROOT } from './paths.mjs';

/** Nothing ran. */
export const none = () => ({ passed: 0, failed: 0, skipped: 0, tests: [] });

/** One check that either holds or does not. */
export const one = (holds, note) => ({ ...none(), [holds ? 'passed' : 'failed']: 1, note });

/** The sum of several results. */
export function sum(results) {
  const total = none();
  for (const { passed, failed, skipped, tests = [] } of results) {
    total.passed += passed;
    total.failed += failed;
    total.skipped += skipped;
    total.tests.push(...tests);
  }
  return total;
}

/**
 * A program that ran to its end must have succeeded and have run something: a crash after the last test, or a runner
 * that found no test, is a failure that no single test shows.
 */
export function judged(result, code) {
  const empty = result.passed + result.failed + result.skipped === 0;
  if (result.failed > 0 || (code === 0 && !empty)) return result;
  const why = empty ? 'no test ran' : `exit code ${code} with no failed test`;
  return { ...result, failed: 1, note: why };
}

const count = (tests) => ({
  passed: tests.filter(({ outcome }) => outcome === 'passed').length,
  failed: tests.filter(({ outcome }) => outcome === 'failed').length,
  skipped: tests.filter(({ outcome }) => outcome === 'skipped').length,
  tests,
});

/**
 * One line of results-reporter.mjs as a test, or nothing for a suite: that counts by its tests, unless it was skipped
 * and they never came up. A file reported as a passed test is one that ran none: that shows nothing.
 */
function nodeTest({ kind, outcome, name, file = '' }) {
  if (kind === 'suite' && outcome !== 'skipped') return [];
  const isFile = file !== '' && resolve(ROOT, name) === file;
  return [{ name, outcome: isFile ? 'failed' : outcome, file: relative(ROOT, file) }];
}

/** The results of node's test runner. */
export function nodeResults(file) {
  if (!existsSync(file)) return none();
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  return count(lines.flatMap((line) => nodeTest(JSON.parse(line))));
}

const CARGO_OUTCOMES = { ok: 'passed', FAILED: 'failed', ignored: 'skipped' };

/** The results of `cargo test`, from what it prints. */
export function cargoResults(file) {
  if (!existsSync(file)) return none();
  const found = readFileSync(file, 'utf8').matchAll(/^test (.+?)(?: - should panic)? \.\.\. (ok|FAILED|ignored)\b/gm);
  return count([...found].map(([, name, outcome]) => ({ name: name.trimEnd(), outcome: CARGO_OUTCOMES[outcome], file: 'cargo' })));
}

// Every door through which bytes from outside come in (crates/doors), fuzzed with coverage, one after the other.
//
//   npm run prove -- fuzz                               a minute each
//   npm run prove -- fuzz --seconds 600 hub tokens      longer, and these only
//   npm run prove -- fuzz --keep                        what was found new goes into fuzz/corpus, as little as covers it
//
// What was found is thrown away unless it is kept, so that a proof changes no file.
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT, inTree } from '../lib/paths.mjs';
import { logFile, mustRun, run, stopOnSignals, tail } from '../lib/run.mjs';
import { Plain, duration, main, say, whileSaying } from '../lib/say.mjs';
import { program } from '../setup/cargo-tools.mjs';
import { NIGHTLY, ensureFuzzing, host } from '../setup/nightly.mjs';

/** Beyond this an input says nothing new, and the corpus would grow. */
const MAX_LEN = 1024;
const LIMITS = [`-max_len=${MAX_LEN}`, '-timeout=10', '-rss_limit_mb=2048'];
/** Which words help which door. */
const WORDS = {
  attachments: 'json', embedded_kafka: 'kafka', embedded_redis: 'redis', internal_calls: 'json', json_frames: 'json',
  kafka_answers: 'kafka', redis_answers: 'redis', redis_requests: 'redis', rest: 'json', settings: 'settings',
  stomp_codec: 'stomp', stomp_connection: 'stomp', tokens: 'tokens',
};

const fuzz = (...parts) => inTree('fuzz', ...parts);

const targets = () => readdirSync(fuzz('fuzz_targets')).map((file) => file.replace(/\.rs$/, '')).sort();

/** The folders of inputs that the tree holds for a target. */
const known = (target) => [fuzz('corpus', target), fuzz('regressions', target)].filter(existsSync);

/** Nothing here is `unsafe`: without a sanitizer the same minute sees twice as much. */
async function build() {
  const args = ['build', '--sanitizer', 'none', '--target-dir', inTree('target', 'fuzz')];
  await whileSaying('building the targets', () =>
    mustRun('cargo fuzz build', program('cargo-fuzz'), args, { log: logFile('fuzz-build'), env: NIGHTLY }));
  return inTree('target', 'fuzz', await host(), 'release');
}

/** What libFuzzer said at its end. */
function numbers(log) {
  const text = readFileSync(log, 'latin1');
  const last = (pattern) => [...text.matchAll(pattern)].at(-1)?.slice(1) ?? [];
  const [executions] = last(/^stat::number_of_executed_units:\s*(\d+)/gm);
  const [rate] = last(/^stat::average_exec_per_sec:\s*(\d+)/gm);
  const [cov, ft, inputs, size] = last(/^#\d+\s.*cov: (\d+) ft: (\d+) corp: (\d+)\/(\S+)/gm);
  return { executions, rate, cov, ft, inputs, size };
}

/** Fuzzes one target; answers whether it held. */
async function hunt(target, bin, found, seconds) {
  const [own, artifacts, log] = [join(found, target), fuzz('artifacts', target), logFile(`fuzz-${target}`)];
  for (const folder of [own, artifacts]) mkdirSync(folder, { recursive: true });
  const before = new Set(readdirSync(artifacts));
  const words = WORDS[target] ? [`-dict=${fuzz('dictionaries', `${WORDS[target]}.dict`)}`] : [];
  const ask = [`-max_total_time=${seconds}`, '-print_final_stats=1', `-artifact_prefix=${artifacts}/`, ...LIMITS, ...words];
  const code = await whileSaying(target, () => run(join(bin, target), [own, ...known(target), ...ask], { log }));
  const { executions, rate, cov, ft, inputs, size } = numbers(log);
  const input = readdirSync(artifacts).find((file) => !before.has(file));
  if (!executions && !input) throw new Plain(`${target} has not run. The end of ${relative(ROOT, log)}:\n\n${tail(log, 5)}`);
  say(`${target}: ${code === 0 ? 'ok' : 'FAILED'}, ${executions} executions, ${rate}/s, cov ${cov}, ft ${ft}, corpus ${inputs} inputs, ${size}`);
  if (code === 0) return true;
  if (input) tell(target, relative(ROOT, join(artifacts, input)));
  say(`  its log: ${relative(ROOT, log)}`);
  return false;
}

function tell(target, input) {
  say(`  the input: ${input}`);
  say(`  once more, on stable: cargo run -p doors --example replay -- ${target} ${input}`);
}

/** Inputs that somebody has put there: they say in their names what for. libFuzzer's own are hashes. */
const named = (folder) => readdirSync(folder).filter((file) => !/^[0-9a-f]{40}$/.test(file));

/**
 * The fewest inputs that reach all code that is known or found to be reachable become the corpus, beside those with
 * names: without the counters of how often, which would keep ten times as many.
 */
async function keep(target, bin, found) {
  const least = join(found, `${target}-least`);
  mkdirSync(least);
  const args = ['-set_cover_merge=1', '-use_counters=0', ...LIMITS, least, join(found, target), fuzz('corpus', target)];
  const log = logFile(`fuzz-${target}-keep`);
  await whileSaying(`${target}: keeping`, () => mustRun('keeping', join(bin, target), args, { log }));
  if (readdirSync(least).length === 0) throw new Plain(`Nothing of ${target} would be kept: its corpus stays as it is.`);
  const corpus = fuzz('corpus', target);
  for (const name of named(corpus)) cpSync(join(corpus, name), join(least, name));
  rmSync(corpus, { recursive: true });
  cpSync(least, corpus, { recursive: true });
  say(`${target}: fuzz/corpus/${target} holds ${readdirSync(least).length} inputs now`);
}

function options() {
  const { values, positionals } = parseArgs({
    options: { seconds: { type: 'string', default: '60' }, keep: { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  const seconds = Number(values.seconds);
  if (!(Number.isInteger(seconds) && seconds > 0)) throw new Plain('--seconds takes a whole number, 1 or more.');
  const unknown = positionals.filter((name) => !targets().includes(name));
  if (unknown.length > 0) throw new Plain(`There is no target "${unknown[0]}": ${targets().join(', ')}.`);
  return { seconds, keeps: values.keep, names: positionals.length > 0 ? positionals : targets() };
}

stopOnSignals();
await main(async () => {
  const { seconds, keeps, names } = options();
  await ensureFuzzing();
  const bin = await build();
  const found = mkdtempSync(join(tmpdir(), 'rollcall-fuzz-'));
  const failed = [];
  try {
    say(`${names.length} targets, ${duration(seconds * 1000)} each`);
    for (const target of names) {
      if (!(await hunt(target, bin, found, seconds))) failed.push(target);
      else if (keeps) await keep(target, bin, found);
    }
  } finally {
    rmSync(found, { recursive: true, force: true });
  }
  return failed.length > 0 ? 1 : 0;
});

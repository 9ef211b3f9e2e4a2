// Running other programs, their output kept in a log.
import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { gone, killGroup, signalled } from './groups.mjs';
import { LOGS, ROOT, npmBin } from './paths.mjs';
import { Plain } from './say.mjs';

/** The last lines of a file, for showing after a failure. */
export function tail(file, lines = 40) {
  if (!existsSync(file)) return '';
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
}

/** The environment of children: the tree's own tools first, nothing phoning home, no colours in logs. */
export function childEnv(extra = {}) {
  return {
    ...process.env,
    // rustup's folder last: it is often missing from the PATH of a shell that was open when Rust was installed.
    PATH: [dirname(npmBin('x')), process.env.PATH, join(homedir(), '.cargo', 'bin')].join(delimiter),
    CARGO_TERM_COLOR: 'never',
    NO_COLOR: '1',
    FORCE_COLOR: undefined,
    CLOUDFLARE_CF_FETCH_ENABLED: 'false',
    WRANGLER_SEND_METRICS: 'false',
    WRANGLER_HIDE_BANNER: 'true',
    ...extra,
  };
}

/** Where the log of a step lies. */
export const logFile = (name) => join(LOGS, `${name}.log`);

/** The children under way, so that a signal to us can be passed on to all of them. */
const running = new Set();
/** Once we are being stopped, that a child ended is no news: whoever awaits it must not report a failure. */
let stopping = false;

/**
 * Runs a program to its end, its output in a log file; answers its exit code (128 + n for a signal n, 127 if missing).
 * It gets a process group of its own, which `stopChildren` ends whole, and so does `timeoutMs`.
 */
export function run(command, args, { log, cwd = ROOT, env = {}, append = false, timeoutMs } = {}) {
  mkdirSync(dirname(log), { recursive: true });
  const out = openSync(log, append ? 'a' : 'w');
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, env: childEnv(env), stdio: ['ignore', out, out], detached: true });
    running.add(child);
    const timer = timeoutMs && setTimeout(() => killGroup(child.pid).catch(() => {}), timeoutMs);
    const end = (code) => {
      clearTimeout(timer);
      running.delete(child);
      if (!stopping) resolve(code);
    };
    child.once('error', (error) => end(error.code === 'ENOENT' ? 127 : 126));
    child.once('exit', (code, signal) => end(code ?? (signal ? 128 : 1)));
    closeSync(out);
  });
}

/** As `run`, but a failure is an error that shows the end of the log. */
export async function mustRun(what, command, args, options) {
  const code = await run(command, args, options);
  if (code === 0) return;
  const missing = code === 127 ? ` (\`${command}\` was not found)` : '';
  throw new Plain(`${what} failed with exit code ${code}${missing}. The end of ${options.log}:\n\n${tail(options.log)}`);
}

/** A program's standard output, or `undefined` where it fails or is missing. */
export function ask(command, args, { cwd = ROOT, env = {} } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, env: childEnv(env), stdio: ['ignore', 'pipe', 'ignore'] });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk) => (text += chunk));
    child.once('error', () => resolve(undefined));
    child.once('close', (code) => resolve(code === 0 ? text.trim() : undefined));
  });
}

/** Ends every child's process group: asks first, then insists. */
export async function stopChildren() {
  const groups = [...running].map((child) => child.pid);
  for (const group of groups) signalled(group, 'SIGTERM');
  await Promise.all(groups.map(async (group) => (await gone(group, 5_000)) || killGroup(group)));
}

/** On Ctrl-C or SIGTERM: ends what was started, then us. Repeats are ignored: npm passes Ctrl-C on a second time. */
export function stopOnSignals(before = async () => {}) {
  for (const [signal, number] of [['SIGINT', 2], ['SIGTERM', 15], ['SIGHUP', 1]]) {
    process.on(signal, async () => {
      if (stopping) return;
      stopping = true;
      await Promise.allSettled([stopChildren(), before(signal)]);
      process.exit(128 + number);
    });
  }
}

// Serves the built Worker on real workerd, for `npm start`, the tests and the benchmarks.
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readFileSync, statSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { gone, killGroup } from './groups.mjs';
import { NODE, ROOT } from './paths.mjs';
import { childEnv } from './run.mjs';

const HOST = fileURLToPath(new URL('workerd-host.mjs', import.meta.url));
const START_MS = 60_000;
const STOP_MS = 10_000;

/**
 * Starts workerd with the Worker of `root` and answers once it answers requests.
 *
 * - `port`: 0 takes a free one.
 * - `stateDir`: where the objects' databases lie; the same folder again brings the same state back. Made if missing.
 * - `vars`: settings and secrets on top of wrangler.toml's `[vars]`.
 * - `logFile`: what the Worker logs is appended there; by default `server.log` in `stateDir`.
 *
 * Answers `{url, port, pid, stateDir, stop(), kill9(), logs(), exited, evict(userId)}`. `pid` leads a process group
 * that holds workerd too. `stop` ends it in order, `kill9` as a crash would; after either nothing of it is left.
 * `exited` is a promise for the moment it ends, for whatever reason. `evict` takes a user's hub out of memory and
 * leaves its sockets open, as the platform does with an idle one; it throws where the hub is not in memory or is busy.
 */
export async function serve({ port = 0, stateDir, vars = {}, logFile, root = ROOT } = {}) {
  const state = stateDir ?? (await mkdtemp(join(tmpdir(), 'rollcall-')));
  mkdirSync(state, { recursive: true });
  const log = openLog(logFile ?? join(state, 'server.log'));
  const host = spawnHost(log);
  try {
    const ready = await settled(host, { root, port, stateDir: state, vars });
    const url = `http://127.0.0.1:${ready.port}`;
    await answers(url, host);
    return { url, port: ready.port, pid: host.pid, stateDir: state, ...ends(host, log), evict: evictor(host) };
  } catch (error) {
    if (host.pid) await killGroup(host.pid);
    throw new Error(`${error.message}\n${log.read()}`);
  } finally {
    closeSync(log.fd);
  }
}

/** A log file that can be read from where this server began to write. */
function openLog(path) {
  const fd = openSync(path, 'a');
  const from = statSync(path).size;
  let kept = '';
  const read = () => {
    try {
      kept = readFileSync(path).subarray(from).toString('utf8');
    } catch {
      // The folder went after the server did: what was read last is all there was.
    }
    return kept;
  };
  return { fd, read };
}

function spawnHost(log) {
  return spawn(NODE, [HOST], {
    cwd: ROOT,
    // `detached` makes it lead a process group, so that it and workerd can be killed together and Ctrl-C in the
    // terminal reaches only us, who then end it in order.
    detached: true,
    env: childEnv(),
    stdio: ['ignore', log.fd, log.fd, 'ipc'],
  });
}

/** Hands the order over and awaits the port. */
function settled(host, order) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`workerd was not ready within ${START_MS / 1000} s`)), START_MS);
    const done = (settle) => (value) => {
      clearTimeout(timer);
      settle(value);
    };
    host.once('error', done(reject));
    host.once('exit', (code, signal) => done(reject)(new Error(`workerd's host ended (${signal ?? code})`)));
    host.once('message', (answer) => (answer.error ? done(reject)(new Error(answer.error)) : done(resolve)(answer)));
    host.send(order, (error) => error && done(reject)(error));
  });
}

/** Awaits the first answer of the Worker: its module is then loaded, and a test's first request is not the slow one. */
async function answers(url, host) {
  const end = Date.now() + START_MS;
  for (;;) {
    try {
      const response = await fetch(`${url}/health/live`, { signal: AbortSignal.timeout(10_000) });
      await response.arrayBuffer();
      return;
    } catch (error) {
      if (host.exitCode !== null || Date.now() > end) throw new Error(`the Worker does not answer: ${error.message}`);
      await pause(50);
    }
  }
}

/** A function that asks the host to evict a hub and awaits its answer. */
function evictor(host) {
  const asked = new Map();
  const settle = (ask, error) => {
    const { resolve, reject } = asked.get(ask) ?? {};
    asked.delete(ask);
    if (error) reject?.(new Error(error));
    else resolve?.();
  };
  host.on('message', ({ ask, error }) => settle(ask, error));
  host.once('exit', () => [...asked.keys()].forEach((ask) => settle(ask, 'the server ended')));
  return (userId) =>
    new Promise((resolve, reject) => {
      const ask = randomUUID();
      asked.set(ask, { resolve, reject });
      host.send({ ask, evict: userId }, (error) => error && settle(ask, error.message));
    });
}

function ends(host, log) {
  const end = async (ask) => {
    if (ask) host.kill('SIGTERM');
    if (!ask || !(await gone(host.pid, STOP_MS))) await killGroup(host.pid);
    log.read();
  };
  const exited = new Promise((resolve) => host.once('exit', resolve));
  return { stop: () => end(true), kill9: () => end(false), logs: log.read, exited };
}

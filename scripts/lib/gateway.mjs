// The gateway as a program: Redis over REST in front of any Redis, Kafka's REST proxy in front of any Kafka.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { gone, killGroup, signalled } from './groups.mjs';
import { inTree, ROOT } from './paths.mjs';
import { childEnv, logFile, mustRun, tail } from './run.mjs';
import { Plain, whileSaying } from './say.mjs';

const START_MS = 20_000;

/** Builds it where it is not built yet; answers its path. */
export async function buildGateway() {
  const log = logFile('gateway-build');
  const args = ['build', '-p', 'rollcall-gateway', '-j2'];
  await whileSaying('building the gateway', () => mustRun('the build of the gateway', 'cargo', args, { log }));
  return join(process.env.CARGO_TARGET_DIR ?? inTree('target'), 'debug', 'rollcall-gateway');
}

/**
 * Starts it in front of the Redis at `redis` (`redis://…`), the Kafka at `kafka` (`host:port,…`), or both, on a free
 * loopback port, or on `port`.
 * Answers `{url, token, pid, stop(), kill9(), exited}`.
 */
export async function startGateway({ redis, kafka, program, port = 0, token = randomBytes(24).toString('hex'), log, args = [] }) {
  const path = program ?? (await buildGateway());
  const out = log ? openSync(log, 'a') : 'ignore';
  const all = ['--listen', `127.0.0.1:${port}`, ...args];
  // Not as flags: others on the machine can read those, and the address may hold a password.
  const env = childEnv({ GATEWAY_TOKENS: token, GATEWAY_REDIS: redis, KAFKA_BOOTSTRAP: kafka });
  const child = spawn(path, all, { cwd: ROOT, env, detached: true, stdio: ['ignore', 'pipe', out] });
  if (log) closeSync(out);
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const url = await listening(child, exited, log);
  const end = async (ask) => {
    if (ask) signalled(child.pid, 'SIGTERM');
    if (!ask || !(await gone(child.pid, 10_000))) await killGroup(child.pid);
  };
  return { url, token, pid: child.pid, exited, stop: () => end(true), kill9: () => end(false) };
}

/** The address that it prints as its first line. */
async function listening(child, exited, log) {
  const lines = createInterface({ input: child.stdout });
  const ended = exited.then((code) => {
    throw new Plain(`the gateway ended (${code}) before it listened${log ? `:\n${tail(log, 10)}` : ''}`);
  });
  const late = AbortSignal.timeout(START_MS);
  const [line] = await Promise.race([once(lines, 'line', { signal: late }), ended]);
  // Whatever else it prints must not fill its pipe.
  child.stdout.resume();
  return JSON.parse(line).listening;
}

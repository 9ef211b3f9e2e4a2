// A real workerd for a file of tests.
import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { pathToFileURL } from 'node:url';
import { ephemeralDir } from '../../scripts/lib/state.mjs';
import { SECRET } from './token.mjs';

/** What the tests run with unless they say otherwise. Long enough that nothing ends by accident. */
export const DEFAULTS = {
  ENVIRONMENT: 'development',
  AUTH_JWT_SECRET: SECRET,
  SESSION_TTL: '10',
  OFFLINE_GRACE: '1',
  // Redis and Kafka have tests of their own; the others need not wait for them.
  REDIS_REFRESH: 'off',
  KAFKA_REST_API: 'off',
};

/** Signs of a failure that no answer shows. */
const WRECKAGE = /panicked at|RuntimeError: unreachable|code had hung|Cannot read properties of (null|undefined)|already mutably borrowed/;

async function serveModule() {
  // Another way to start a server (under a debugger, say) may be named by a module with the same `serve`.
  const other = process.env.ROLLCALL_SERVE;
  return import(other ? pathToFileURL(other).href : new URL('../../scripts/lib/serve.mjs', import.meta.url).href);
}

/** A variable that is `undefined` is left out, so that a test can take a default away. */
const known = (vars) => Object.fromEntries(Object.entries(vars).filter(([, value]) => value !== undefined));

/** A server: `{url, port, pid, stateDir, vars, ttlMs, graceMs, stop(), kill9(), logs(), restart()}`. */
export class Server {
  /** Starts one with DEFAULTS and these variables. */
  static async start(vars = {}) {
    const server = new Server();
    await server.boot(vars);
    return server;
  }

  async boot(vars) {
    this.vars = known({ ...DEFAULTS, ...vars });
    this.ttlMs = Number(this.vars.SESSION_TTL ?? 60) * 1000;
    this.graceMs = Number(this.vars.OFFLINE_GRACE ?? 10) * 1000;
    this.stateDir = ephemeralDir();
    this.earlierLogs = '';
    await this.#serve();
  }

  async #serve(port) {
    const { serve } = await serveModule();
    this.running = await serve({ vars: this.vars, stateDir: this.stateDir, port });
    this.url = this.running.url;
    this.port = this.running.port;
    this.pid = this.running.pid;
  }

  logs() {
    return this.earlierLogs + this.running.logs();
  }

  /** The process dies without a word, as in a crash. */
  async kill9() {
    await this.running.kill9();
    this.earlierLogs += this.running.logs();
  }

  /** Starts again on the same state and the same port. */
  restart() {
    return this.#serve(this.port);
  }

  /** Stops, looks through the log for wreckage, and removes the state. */
  async stop() {
    const logs = this.logs();
    await this.running.stop();
    await rm(this.stateDir, { recursive: true, force: true });
    if (process.env.ROLLCALL_LOGS) await writeFile(join(process.env.ROLLCALL_LOGS, `server-${this.port}.log`), logs);
    const wreck = logs.split('\n').filter((line) => WRECKAGE.test(line));
    assert.deepEqual(wreck, [], 'the server logged a panic');
  }
}

/** One server for all tests of the calling file: filled in before the first of them. */
export function useServer(vars = {}) {
  const server = new Server();
  before(() => server.boot(vars), { timeout: 120_000 });
  after(() => server.running && server.stop(), { timeout: 60_000 });
  return server;
}

/** A server for one test: stopped when the test ends. */
export async function ownServer(t, vars) {
  const server = await Server.start(vars);
  t.after(() => server.stop());
  return server;
}

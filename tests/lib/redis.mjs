// A real redis-server for a test, on a free loopback port.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { until } from './until.mjs';

const program = process.env.REDIS_SERVER_BIN ?? 'redis-server';
const cli = process.env.REDIS_CLI_BIN ?? 'redis-cli';
const exec = promisify(execFile);

/** What to give to a test's `skip`: nothing where there is a Redis, otherwise what to install. */
export const withoutRedis = process.env.REDIS_MISSING || false;

/** A port that was free a moment ago. */
export async function freePort() {
  const probe = createServer();
  probe.listen({ port: 0, host: '127.0.0.1' });
  await once(probe, 'listening');
  const { port } = probe.address();
  probe.close();
  await once(probe, 'close');
  return port;
}

const DUMP = `
local all = {}
for _, key in ipairs(redis.call('KEYS', '*')) do
  local type, value = redis.call('TYPE', key).ok, false
  if type == 'string' then value = redis.call('GET', key) end
  if type == 'set' then value = redis.call('SMEMBERS', key) table.sort(value) end
  all[key] = { type = type, value = value, ttl = redis.call('TTL', key) }
end
return cjson.encode(all)`;

/** `{port, url, pid, cli(...args), kill9(), freeze(), thaw(), restart(), stop()}`. */
export class RedisServer {
  static async start({ password = '' } = {}) {
    const server = new RedisServer();
    server.password = password;
    server.dir = await mkdtemp(join(tmpdir(), 'rollcall-redis-'));
    server.port = await freePort();
    await server.#launch();
    return server;
  }

  get url() {
    const auth = this.password === '' ? '' : `:${this.password}@`;
    return `redis://${auth}127.0.0.1:${this.port}`;
  }

  async #launch(appends = 'yes') {
    const auth = this.password === '' ? [] : ['--requirepass', this.password];
    const args = ['--port', `${this.port}`, '--bind', '127.0.0.1', '--dir', this.dir, '--save', '', '--appendonly', appends, ...auth];
    this.child = spawn(program, args, { stdio: 'ignore' });
    this.child.once('error', () => {});
    this.pid = this.child.pid;
    await until('redis-server answers', async () => (await this.cli('PING')) === 'PONG');
  }

  /** What `redis-cli` prints, without colours or quotes. */
  async cli(...args) {
    const auth = this.password === '' ? [] : ['--no-auth-warning', '-a', this.password];
    const { stdout } = await exec(cli, ['-p', `${this.port}`, ...auth, ...args], { maxBuffer: 64 * 1024 * 1024, timeout: 10_000 });
    return stdout.replace(/\n$/, '');
  }

  /** The lines of an answer that is a list. */
  async list(...args) {
    const text = await this.cli(...args);
    return text === '' ? [] : text.split('\n').sort();
  }

  /** Everything in it: `{key: {type, value, ttl}}`. */
  async dump() {
    return JSON.parse(await this.cli('--raw', 'EVAL', DUMP, '0'));
  }

  /** The process dies without a word; what it appended to its file stays. */
  async kill9() {
    await this.#end('SIGKILL');
  }

  /** Copies what it holds, as a backup does; what it appends goes on. */
  async save() {
    await this.cli('SAVE');
    await cp(join(this.dir, 'dump.rdb'), join(this.dir, 'backup.rdb'));
  }

  /** The machine is lost, and what comes up instead has the copy. */
  async restore() {
    await this.kill9();
    await rm(join(this.dir, 'appendonlydir'), { recursive: true, force: true });
    await cp(join(this.dir, 'backup.rdb'), join(this.dir, 'dump.rdb'));
    // With a file to append to it would read that, which is empty, and not the copy.
    await this.#launch('no');
    await this.cli('CONFIG', 'SET', 'appendonly', 'yes');
  }

  /** It takes connections and answers nothing. */
  freeze() {
    this.child.kill('SIGSTOP');
  }

  thaw() {
    this.child.kill('SIGCONT');
  }

  restart() {
    return this.#launch();
  }

  /** Another password from now on, for those connected too. */
  async changePassword(password) {
    await this.cli('CONFIG', 'SET', 'requirepass', password);
    this.password = password;
    await this.cli('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
  }

  async stop() {
    this.thaw();
    await this.#end('SIGTERM');
    await rm(this.dir, { recursive: true, force: true });
  }

  async #end(signal) {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = once(this.child, 'exit');
    this.child.kill(signal);
    await gone;
  }
}

// `npm start`, as somebody types it: what it says, and that it leaves nothing behind.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readdirSync } from 'node:fs';
import net from 'node:net';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { JsonClient } from '../lib/json-client.mjs';
import { withoutKafka } from '../lib/kafka.mjs';
import { brokerWithTopics } from '../lib/kafka-stack.mjs';
import { RedisServer, withoutRedis } from '../lib/redis.mjs';
import { until, within } from '../lib/until.mjs';
import { user } from '../lib/users.mjs';

const SCRIPT = fileURLToPath(new URL('../../scripts/start.mjs', import.meta.url));

/** Listens on a free port of the loopback. */
async function listen() {
  const holder = net.createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  return { port: holder.address().port, close: () => new Promise((resolve) => holder.close(resolve)) };
}

async function freePort() {
  const { port, close } = await listen();
  await close();
  return port;
}

/** Starts it with these arguments; `text()` is what it has printed, `exit` how it ended. */
function start(t, ...args) {
  const child = spawn(process.execPath, [SCRIPT, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (printed += data));
  const exit = once(child, 'exit').then(([code, signal]) => ({ code, signal }));
  t.after(() => child.kill('SIGTERM') && within(exit, 'the end of the script'));
  return { child, exit, text: () => printed };
}

/** The processes that serve this port. */
const serving = (port) =>
  readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`127.0.0.1:${port}\0`);
    } catch {
      return false;
    }
  });

/** The parent of a process that runs. */
const parentOf = (pid) => {
  try {
    // The name of a program may hold blanks and parentheses; what follows it does not.
    const [state, parent] = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ');
    // One that nobody has buried yet runs no more.
    return state === 'Z' ? undefined : Number(parent);
  } catch {
    return undefined;
  }
};

/** All processes that this one started, and those that they did. */
function descendants(pid) {
  const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number);
  const of = (parent) => all.filter((child) => parentOf(child) === parent).flatMap((child) => [child, ...of(child)]);
  return of(pid);
}

test('it serves, says where and how, and SIGTERM ends all that it started', { timeout: 120_000 }, async (t) => {
  const port = await freePort();
  const started = start(t, '--ephemeral', '--port', `${port}`);
  await until('ready', () => started.text().includes('ready: '), { timeout: 60_000 });
  assert.match(started.text(), new RegExp(`State .*\n.*\n.*curl -s http://127\\.0\\.0\\.1:${port}/dev/token`));
  assert.doesNotMatch(started.text(), /warning/);
  assert.equal((await fetch(`http://127.0.0.1:${port}/health/ready`)).status, 200);
  assert.equal(serving(port).length, 1, 'workerd');
  const health = async () => (await fetch(`http://127.0.0.1:${port}/health`)).json();
  await until('the first report of the scheduled tasks', async () => (await health()).status === 'ok');
  started.child.kill('SIGTERM');
  await within(started.exit, 'the end of the script');
  await until('the end of workerd', () => serving(port).length === 0);
});

test('a wrong setting is named where it was typed', { timeout: 120_000 }, async (t) => {
  const started = start(t, '--ephemeral', '--port', `${await freePort()}`, '--var', 'SESSION_TTL=banana');
  await until('ready', () => started.text().includes('ready: '), { timeout: 60_000 });
  assert.match(started.text(), /warning: SESSION_TTL should be a whole number of seconds from 2 to 3600/);
});

test('a port in use is one clear line, and nothing is built or started', { timeout: 60_000 }, async (t) => {
  const { port, close } = await listen();
  t.after(close);
  const started = start(t, '--ephemeral', '--port', `${port}`);
  assert.equal((await within(started.exit, 'the end of the script')).code, 1);
  const said = started.text().trim().split('\n');
  assert.equal(said.length, 1, started.text());
  assert.ok(said[0].includes(`${port}`), said[0]);
});

test('options that exclude each other, or that are none, are refused', { timeout: 60_000 }, async (t) => {
  for (const args of [['--ephemeral', '--state', '/nowhere'], ['--no-such-option'], ['--var', 'NOTHING']]) {
    const started = start(t, ...args, '--port', `${await freePort()}`);
    assert.equal((await within(started.exit, 'the end of the script')).code, 1, `${args}: ${started.text()}`);
  }
});

test('--redis and --kafka lead to a Redis and a Kafka of one’s own, and SIGTERM ends the gateway too', { skip: withoutRedis || withoutKafka, timeout: 300_000 }, async (t) => {
  const redis = await RedisServer.start();
  t.after(() => redis.stop());
  const broker = await brokerWithTopics();
  t.after(() => broker.stop());
  const port = await freePort();
  const started = start(t, '--ephemeral', '--port', `${port}`, '--redis', redis.url, '--kafka', broker.address);
  // It may have to build the gateway first.
  await until('ready', () => started.text().includes('ready: '), { timeout: 240_000 });
  const [, gateway] = /gateway: (http:\S+) in front of Redis and Kafka/.exec(started.text());
  assert.doesNotMatch(started.text(), /warning/);

  const [url, alice] = [`http://127.0.0.1:${port}`, user('alice')];
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${url}/dev/token`, { method: 'POST', headers, body: JSON.stringify({ userId: alice }) });
  const { token } = await answer.json();
  const client = await JsonClient.connect({ url }, alice, { token });
  t.after(() => client.dispose());
  await until('she is in Redis', async () => (await redis.cli('SISMEMBER', 'presence:online', alice)) === '1', { timeout: 60_000 });
  assert.equal(await redis.cli('EXISTS', `ws:session:${client.sessionId}`), '1');
  await until('her event is in Kafka', async () => (await broker.read('presence-events')).some(({ key }) => key === alice), { timeout: 60_000 });
  assert.equal((await fetch(`${gateway}/health`)).status, 200);

  const all = descendants(started.child.pid);
  assert.ok(all.length >= 3, `workerd, its host and the gateway: ${all}`);
  started.child.kill('SIGTERM');
  await within(started.exit, 'the end of the script');
  await until('the end of all', () => all.every((pid) => parentOf(pid) === undefined));
  await assert.rejects(fetch(`${gateway}/health`), 'the gateway');
});

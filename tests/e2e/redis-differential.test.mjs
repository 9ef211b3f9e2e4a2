// The embedded Redis of a running Worker and a real redis-server behind the gateway, told the same over REST: random
// sequences of commands, by fixed seeds, as pipelines and transactions. `crates/embedded-redis/tests/differential`
// plays many more of them without the two servers in between.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { startGateway } from '../../scripts/lib/gateway.mjs';
import { RedisServer, withoutRedis } from '../lib/redis.mjs';
import { comparable, parsed, same, wholeState } from '../lib/redis-answers.mjs';
import { sequencesProgram } from '../lib/redis-sequences.mjs';
import { useServer } from '../lib/server.mjs';

const TOKEN = 'of-the-tests';
/** Of each there are two kinds: single commands, and transactions with single ones in between. */
const SEEDS = { first: 9_000, count: 200 };
/** Times to live may differ by a second in all. */
const SLOW_MS = 700;

const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json', 'upstash-encoding': 'base64' };

/** `{status, body}` of a request. */
async function ask(url, path, commands) {
  const signal = AbortSignal.timeout(20_000);
  const answer = await fetch(`${url}/${path}`, { method: 'POST', headers, body: JSON.stringify(commands), signal });
  return { status: answer.status, body: parsed(await answer.text()) };
}

async function sequences() {
  const { stdout } = await promisify(execFile)(await sequencesProgram(), [`${SEEDS.first}`, `${SEEDS.count}`], { maxBuffer: 1 << 28 });
  const [{ keys }, ...all] = stdout.trimEnd().split('\n').map((line) => JSON.parse(line));
  return { keys, all };
}

const shown = (value) => JSON.stringify(value, (_, inner) => (typeof inner === 'bigint' ? `${inner}` : inner));

/** Where the answers to one request part, in words. */
function difference(commands, here, there) {
  if (here.status !== there.status) return `status ${here.status} here, ${there.status} in Redis: ${shown([commands, here.body, there.body])}`;
  if (!Array.isArray(there.body)) return same(['EXEC'], here.body, there.body) ? undefined : `${shown(commands)}: here ${shown(here.body)}, in Redis ${shown(there.body)}`;
  if (here.body.length !== there.body.length) return `${here.body.length} answers here, ${there.body.length} in Redis`;
  const at = commands.findIndex((command, number) => !same(command, here.body[number], there.body[number]));
  return at < 0 ? undefined : `${shown(commands[at])} after ${shown(commands.slice(0, at))}:\n  here     ${shown(here.body[at])}\n  in Redis ${shown(there.body[at])}`;
}

describe('random commands over REST', { skip: withoutRedis }, () => {
  const server = useServer({ REDIS_REFRESH: 'transitions', UPSTASH_REDIS_REST_TOKEN: TOKEN });
  let [redis, gateway, made] = [];
  before(async () => {
    made = await sequences();
    redis = await RedisServer.start();
    gateway = await startGateway({ redis: redis.url, token: TOKEN, program: process.env.GATEWAY_BIN });
  }, { timeout: 300_000 });
  after(async () => {
    await gateway?.stop();
    await redis?.stop();
  }, { timeout: 60_000 });

  /** Says the same to both; what parts them, if something does. */
  async function both(path, commands) {
    if (commands.length === 0) return undefined;
    const [here, there] = await Promise.all([`${server.url}/embedded/redis`, gateway.url].map((url) => ask(url, path, commands)));
    return difference(commands, here, there);
  }

  /** What parts them in a sequence, if something does, and how long the slowest request took. */
  async function playOnce({ requests }) {
    const all = [{ path: 'pipeline', commands: [['FLUSHALL']] }, ...requests, { path: 'pipeline', commands: wholeState(made.keys) }];
    let slowest = 0;
    for (const request of all) {
      const begun = Date.now();
      const why = await both(request.path, comparable(request, made.keys));
      slowest = Math.max(slowest, Date.now() - begun);
      if (why) return { why, slowest };
    }
    return { slowest };
  }

  /** Where one of the two was slow, times to live differ: then the same is played again. */
  async function play(sequence, t, tries = 5) {
    const { why, slowest } = await playOnce(sequence);
    if (why && slowest > SLOW_MS && tries > 1) {
      t.diagnostic(`seed ${sequence.seed} again: a request took ${slowest} ms`);
      return play(sequence, t, tries - 1);
    }
    assert.equal(why, undefined, `seed ${sequence.seed}, ${sequence.kind}: ${why}`);
  }

  for (const kind of ['single', 'whole']) {
    test(`are answered alike, and leave the same behind: ${kind}`, { timeout: 240_000 }, async (t) => {
      const mine = made.all.filter((sequence) => sequence.kind === kind);
      assert.equal(mine.length, SEEDS.count);
      for (const sequence of mine) await play(sequence, t);
      t.diagnostic(`${mine.flatMap(({ requests }) => requests.flatMap(({ commands }) => commands)).length} commands`);
    });
  }
});

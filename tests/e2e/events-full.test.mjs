// A Kafka that is away for so long that a user's outbox is full (rules, 17), with both settings of OUTBOX_FULL.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Cast } from '../lib/cast.mjs';
import { eventsOf } from '../lib/events.mjs';
import { KafkaProxy } from '../lib/kafka-proxy.mjs';
import { Refused } from '../lib/participant.mjs';
import { request } from '../lib/rest.mjs';
import { ownServer } from '../lib/server.mjs';
import { tokenFor } from '../lib/token.mjs';
import { until } from '../lib/until.mjs';
import { user } from '../lib/users.mjs';

/** More than an outbox may hold. */
const MANY = 2_300;
const AT_ONCE = 50;

async function stage(t, OUTBOX_FULL) {
  const proxy = await KafkaProxy.start(t);
  proxy.rule = () => ({ status: 503, body: { error_code: 503, message: 'away' } });
  const server = await ownServer(t, { KAFKA_REST_API: undefined, KAFKA_REST_URL: proxy.url, OUTBOX_FULL, SESSION_TTL: '120' });
  const cast = new Cast(t, server);
  const talker = await cast.json(user('talker'));
  const other = user('other');
  /** Says 1 to `count`; gives how many were taken, and the first refusal. */
  const sayMany = async (count) => {
    let [taken, refused] = [0, undefined];
    for (let from = 1; from <= count && !refused; from += AT_ONCE) {
      const said = Array.from({ length: Math.min(AT_ONCE, count - from + 1) }, (_, at) => talker.command('message.send', { to: other, content: from + at }));
      for (const result of await Promise.allSettled(said)) {
        if (result.status === 'fulfilled') taken += 1;
        else refused ??= result.reason;
      }
    }
    return { taken, refused };
  };
  const outbox = async () => {
    const path = `/api/events/dead-letters?userId=${talker.userId}`;
    return (await request(server, 'GET', path, { token: tokenFor('the-operator', { scope: 'admin' }) })).body.outbox;
  };
  const back = async () => {
    proxy.rule = () => undefined;
    // What was refused for long may rest for five minutes before it is tried again.
    await until('all is delivered', async () => (await outbox()).waiting === 0, { timeout: 330_000 });
  };
  return { proxy, server, cast, talker, other, sayMany, outbox, back };
}

/** In both languages a new socket is told why it gets no session, and that it may come back. */
async function cannotConnect(cast, userId) {
  const json = await cast.json(userId, { welcome: false, beat: false });
  assert.equal((await json.next('reply:error')).code, 'outbox_full');
  assert.equal((await json.whenClosed()).code, 1012);
  const stomp = await cast.rawOpen(userId);
  stomp.send('CONNECT', { 'accept-version': '1.2', host: 'rollcall' });
  assert.equal((await stomp.next('ERROR')).headers.code, 'outbox_full');
  assert.equal((await stomp.whenClosed()).code, 1012);
}

describe('an outbox that is full', { concurrency: 2 }, () => {
  test('block: what a client starts is refused, endings are not, and nothing is lost', { timeout: 500_000 }, async (t) => {
    const { proxy, cast, talker, other, sayMany, outbox, back } = await stage(t, 'block');
    const { taken, refused } = await sayMany(MANY);
    assert.ok(refused instanceof Refused && refused.code === 'outbox_full', `refused: ${refused}`);
    assert.ok(taken >= 1_700 && taken < 2_000, `${taken} messages were taken`);
    assert.equal((await outbox()).full, true);
    await cannotConnect(cast, talker.userId);
    await back();
    assert.equal((await outbox()).full, false);
    await talker.command('message.send', { to: other, content: 'again' });
    await talker.command('leave');
    await until('the end is told too', async () => (await eventsOf(proxy, 'session-events', talker.userId)).length === 2);
    const said = (await eventsOf(proxy, 'message-events', talker.userId)).map(({ data }) => data.content);
    assert.deepEqual(said.slice(0, taken).sort((a, b) => a - b), Array.from({ length: taken }, (_, at) => at + 1));
    assert.deepEqual(said.slice(taken), ['again']);
  });

  test('drop-oldest: everything is taken, and a placeholder says what is gone', { timeout: 500_000 }, async (t) => {
    const { proxy, server, talker, sayMany, back } = await stage(t, 'drop-oldest');
    assert.deepEqual(await sayMany(MANY), { taken: MANY, refused: undefined });
    await back();
    const all = await eventsOf(proxy, 'message-events', talker.userId);
    const runs = all.filter(({ type }) => type === 'rollcall.truncated');
    for (const { sequence, data } of runs) assert.deepEqual([data.from, data.to], [1, Number(sequence)]);
    // A batch that is under way may still arrive while some of it gives way: then a longer run comes behind it.
    const gone = runs.at(-1)?.data.to;
    assert.ok(gone >= MANY - 2_000 && gone < MANY - 1_000, `${gone} have given way`);
    const kept = all.filter(({ sequence }) => Number(sequence) > gone).map(({ data }) => data.content);
    assert.deepEqual(kept.sort((a, b) => a - b), Array.from({ length: MANY - gone }, (_, at) => gone + at + 1));
    assert.match(server.logs(), /"event":"events.dropped"/);
  });
});

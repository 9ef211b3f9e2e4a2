// R1–R5, S6, S8, S10: the edge between a subscriber and a target, from both ends.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Cast } from '../lib/cast.mjs';
import { useServer } from '../lib/server.mjs';
import { until } from '../lib/until.mjs';
import { user, users } from '../lib/users.mjs';

const server = useServer();
const SUBSCRIBE = '/api/subscriptions/presence/subscribe';
const UNSUBSCRIBE = '/api/subscriptions/presence/unsubscribe';
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** The subscribers that the target knows, once `count` of them are there. */
const subscribersOf = (cast, target, count) =>
  until(`${count} subscribers of ${target}`, async () => {
    const list = await cast.rest(target).subscribers();
    return list.count === count && list;
  });

test('R4: subscribing answers for each target, with its presence', async (t) => {
  const cast = new Cast(t, server);
  const me = cast.rest(user('me'));
  const here = await cast.json(user('here'));
  const never = user('never');
  const answer = await me.post(SUBSCRIBE, { targetUserIds: [here.userId, never] });
  assert.equal(answer.subscriberId, me.userId);
  assert.deepEqual(answer.results.map((r) => [r.targetUserId, r.outcome]), [[here.userId, 'subscribed'], [never, 'subscribed']]);
  assert.match(answer.results[0].expiresAt, TIME);
  assert.equal(answer.results[0].presence.status, 'ONLINE');
  assert.deepEqual([answer.results[1].presence.status, answer.results[1].presence.version], ['OFFLINE', 0]);
});

test('R4: one target may be named alone, and the subscriber by name', async (t) => {
  const cast = new Cast(t, server);
  const me = cast.rest(user('me'));
  const [one, two] = users(2);
  assert.equal((await me.post(SUBSCRIBE, { targetUserId: one })).results[0].outcome, 'subscribed');
  assert.equal((await me.post(SUBSCRIBE, { subscriberId: me.userId, targetUserId: two })).results[0].outcome, 'subscribed');
  assert.equal((await me.subscriptions()).count, 2);
});

test('R1: the list of subscriptions has each with its times and presence', async (t) => {
  const cast = new Cast(t, server);
  const me = cast.rest(user('me'));
  const here = await cast.json(user('here'));
  await me.subscribe(here.userId);
  const list = await me.subscriptions();
  assert.deepEqual([list.userId, list.count], [me.userId, 1]);
  const [edge] = list.subscriptions;
  assert.equal(edge.userId, here.userId);
  assert.equal(typeof edge.status, 'string');
  assert.match(edge.since, TIME);
  assert.match(edge.expiresAt, TIME);
  assert.equal(edge.presence.status, 'ONLINE');
  assert.equal(edge.presence.userId, here.userId);
});

test('R2, S6: the subscribers of a user, and who of them is watching now', async (t) => {
  const cast = new Cast(t, server);
  const target = user('star');
  const absent = cast.rest(user('absent'));
  const present = await cast.json(user('present'));
  await absent.subscribe(target);
  await present.command('presence.subscribe', { targetUserId: target });
  const list = await subscribersOf(cast, target, 2);
  assert.equal(list.userId, target);
  const byId = Object.fromEntries(list.subscribers.map((s) => [s.userId, s]));
  assert.match(byId[absent.userId].since, TIME);
  assert.equal(byId[present.userId].watchingNow, true);
  await until('the absent one to be known as asleep', async () => {
    // A change makes the target learn who has no socket.
    await cast.rest(target).setStatus('BUSY', { message: user('m') });
    const { subscribers } = await cast.rest(target).subscribers();
    return subscribers.find((s) => s.userId === absent.userId).watchingNow === false;
  });
  const { subscribers } = await cast.rest(target).subscribers();
  assert.equal(subscribers.find((s) => s.userId === present.userId).watchingNow, true);
});

test('R3: whether one user is subscribed to another', async (t) => {
  const cast = new Cast(t, server);
  const me = cast.rest(user('me'));
  const target = user('target');
  const before = await me.subscribedTo(target);
  assert.deepEqual([before.subscriberId, before.targetUserId, before.subscribed], [me.userId, target, false]);
  assert.equal(before.expiresAt ?? undefined, undefined);
  await me.subscribe(target);
  const after = await me.subscribedTo(target);
  assert.equal(after.subscribed, true);
  assert.match(after.expiresAt, TIME);
  await me.unsubscribe(target);
  assert.equal((await me.subscribedTo(target)).subscribed, false);
});

test('R5: unsubscribing ends the edge at both ends, and says where there was none', async (t) => {
  const cast = new Cast(t, server);
  const me = cast.rest(user('me'));
  const [target, stranger] = users(2);
  await me.subscribe(target);
  await subscribersOf(cast, target, 1);
  const { results } = await me.post(UNSUBSCRIBE, { targetUserIds: [target, stranger] });
  assert.deepEqual(results.map((r) => [r.targetUserId, r.outcome]), [[target, 'unsubscribed'], [stranger, 'not_subscribed']]);
  assert.equal((await me.subscriptions()).count, 0);
  await subscribersOf(cast, target, 0);
});

test('S10: subscribing twice is one edge, refreshed, and duplicates in one call count once', async (t) => {
  const cast = new Cast(t, server);
  const me = cast.rest(user('me'));
  const target = user('target');
  const first = await me.subscribe(target, target, target);
  assert.deepEqual(first.map((r) => r.outcome), ['subscribed']);
  const again = await me.subscribe(target);
  assert.deepEqual(again.map((r) => r.outcome), ['refreshed']);
  assert.equal((await me.subscriptions()).count, 1);
  assert.equal((await subscribersOf(cast, target, 1)).subscribers[0].userId, me.userId);
});

test('S10: duplicates that differ only in the case of a UUID count once', async (t) => {
  const me = new Cast(t, server).rest(user('me'));
  const id = '0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d';
  assert.equal((await me.subscribe(id, id.toUpperCase())).length, 1);
});

test('one bad id does not spoil the rest', async (t) => {
  const me = new Cast(t, server).rest(user('me'));
  const [one, two] = users(2);
  const results = await me.subscribe(one, 'not valid!', two, 'x'.repeat(129), '..');
  const outcomes = Object.fromEntries(results.map((r) => [r.targetUserId, r.outcome]));
  assert.deepEqual(outcomes, { [one]: 'subscribed', 'not valid!': 'failed', [two]: 'subscribed', ['x'.repeat(129)]: 'failed', '..': 'failed' });
  for (const result of results.filter((r) => r.outcome === 'failed')) assert.ok(result.error, JSON.stringify(result));
  assert.equal((await me.subscriptions()).count, 2);
});

test('a batch of 500 is taken, 501 is 422', { timeout: 120_000 }, async (t) => {
  const cast = new Cast(t, server);
  const me = cast.rest(user('me'));
  const targets = users(500, 't');
  await me.refused('POST', SUBSCRIBE, 422, undefined, { body: { targetUserIds: [...targets, user()] } });
  assert.equal((await me.subscriptions()).count, 0, 'a refused batch writes nothing');
  const results = await me.subscribe(...targets);
  assert.deepEqual(new Set(results.map((r) => r.outcome)), new Set(['subscribed']));
  assert.deepEqual(new Set(results.map((r) => r.targetUserId)), new Set(targets));
  for (const target of [targets[0], targets[250], targets[499]]) await subscribersOf(cast, target, 1);
  await me.refused('POST', UNSUBSCRIBE, 422, undefined, { body: { targetUserIds: [...targets, user()] } });
  const ended = await me.unsubscribe(...targets);
  assert.deepEqual(new Set(ended.map((r) => r.outcome)), new Set(['unsubscribed']));
  assert.equal((await me.subscriptions()).count, 0);
});

test('both lists are paged, without a gap or a repeat', async (t) => {
  const cast = new Cast(t, server);
  const me = cast.rest(user('me'));
  const targets = users(7, 't');
  await me.subscribe(...targets);
  const star = user('star');
  const fans = users(5, 'fan');
  for (const fan of fans) await cast.rest(fan).subscribe(star);
  await subscribersOf(cast, star, 5);

  const walk = async (read, field, limit) => {
    const [all, sizes] = [[], []];
    for (let cursor; cursor !== null;) {
      const page = await read(`?limit=${limit}${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`);
      all.push(...page[field].map((edge) => edge.userId));
      sizes.push(page[field].length);
      cursor = page.nextCursor ?? null;
      assert.ok(sizes.length < 10, 'the pages end');
    }
    assert.ok(sizes.every((size) => size <= limit), `${sizes}`);
    return all.sort();
  };
  assert.deepEqual(await walk((q) => me.subscriptions(q), 'subscriptions', 3), [...targets].sort());
  assert.deepEqual(await walk((q) => cast.rest(star).subscribers(q), 'subscribers', 2), [...fans].sort());
  assert.equal((await me.subscriptions('?limit=3')).count, 7);
});

test('a limit or cursor that is none is refused, not guessed', async (t) => {
  const me = new Cast(t, server).rest(user('me'));
  await me.subscribe(user('target'));
  for (const query of ['limit=x', 'limit=0', 'limit=-1', 'limit=1.5', 'cursor=%00%ff', 'cursor=nonsense']) {
    const answer = await me.send('GET', `/api/subscriptions/presence/${me.userId}?${query}`);
    assert.ok([400, 422].includes(answer.status), `${query}: ${answer.status} ${answer.text}`);
  }
});

test('a filter is refused until there are filters, and nothing is written', async (t) => {
  const me = new Cast(t, server).rest(user('me'));
  const body = { targetUserId: user('target'), filter: { status: ['ONLINE'] } };
  await me.refused('POST', SUBSCRIBE, 422, 'unsupported_filter', { body });
  assert.equal((await me.subscriptions()).count, 0);
});

test('a subscription to oneself works, and its own devices hear what the user sets', async (t) => {
  const cast = new Cast(t, server);
  const id = user('narcissus');
  const [one, two] = [await cast.json(id), await cast.json(id)];
  const { results } = await one.command('presence.subscribe', { targetUserId: id });
  assert.equal(results[0].outcome, 'subscribed');
  await one.nextPresence(id, { online: true });
  await two.command('online-status', { status: 'BUSY' });
  await one.nextPresence(id, { status: 'BUSY' });
  assert.equal((await cast.rest(id).subscriptions()).count, 1);
  assert.equal((await cast.rest(id).unsubscribe(id))[0].outcome, 'unsubscribed');
});

test('what a subscriber does over REST its sockets hear at once', async (t) => {
  const cast = new Cast(t, server);
  const client = await cast.json(user('me'));
  const target = await cast.json(user('target'));
  await cast.rest(client.userId).subscribe(target.userId);
  await target.command('online-status', { status: 'BUSY' });
  await client.nextPresence(target.userId, { status: 'BUSY' });
});

test('admin and service may act for anyone, others only for themselves', async (t) => {
  const cast = new Cast(t, server);
  const [me, target] = users(2);
  const body = { subscriberId: me, targetUserId: target };
  await cast.rest(user('nosy')).refused('POST', SUBSCRIBE, 403, undefined, { body });
  await cast.rest(user('nosy')).refused('POST', UNSUBSCRIBE, 403, undefined, { body });
  for (const scope of ['admin', 'service', 'other admin']) {
    assert.equal((await cast.rest(user('boss'), { scope }).post(SUBSCRIBE, body)).subscriberId, me);
  }
  await cast.rest(user('nosy'), { scope: 'administrator' }).refused('POST', SUBSCRIBE, 403, undefined, { body });
  assert.equal((await cast.rest(me).subscriptions()).count, 1);
});

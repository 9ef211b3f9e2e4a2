// Caps: too many sessions end the oldest, too many subscriptions fail one by one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Cast } from '../lib/cast.mjs';
import { useServer } from '../lib/server.mjs';
import { until } from '../lib/until.mjs';
import { user, users } from '../lib/users.mjs';

const server = useServer({ MAX_SESSIONS_PER_USER: '2', MAX_SUBSCRIPTIONS_PER_USER: '3', MAX_SUBSCRIBERS_PER_USER: '2', OFFLINE_GRACE: '10' });

test('one session too many ends the oldest with 4004, and the user stays online throughout', async (t) => {
  const cast = new Cast(t, server);
  const id = user('hydra');
  const watcher = await cast.json(user('watcher'));
  const oldest = await cast.json(id);
  const middle = await cast.stomp(id);
  await watcher.command('presence.subscribe', { targetUserId: id });
  await watcher.nextPresence(id);
  const newest = await cast.json(id);
  assert.equal((await oldest.whenClosed()).code, 4004);
  const ended = await middle.next('session', (s) => s.event === 'ended');
  assert.deepEqual([ended.session.sessionId, ended.reason], [oldest.sessionId, 'evicted']);
  const left = (await cast.rest(id).sessions()).map((s) => s.sessionId).sort();
  assert.deepEqual(left, [middle.sessionId, newest.sessionId].sort());
  assert.ok(watcher.toldOf(id).every((p) => p.online));

  await cast.json(id);
  assert.equal((await middle.whenClosed()).code, 4004);
});

test('a resume is no new session, and ends nobody', async (t) => {
  const cast = new Cast(t, server);
  const id = user('pair');
  const [first, second] = [await cast.json(id), await cast.json(id)];
  await second.terminate();
  const back = await cast.resume(second);
  assert.equal(back.welcome.resumed, true);
  await first.command('heartbeat');
  assert.equal((await cast.rest(id).sessions()).length, 2);
});

test('a subscription over the cap fails alone with too_many_subscriptions', async (t) => {
  const cast = new Cast(t, server);
  const me = cast.rest(user('me'));
  const targets = users(4, 't');
  const results = await me.subscribe(...targets);
  assert.deepEqual(results.map((r) => r.outcome), ['subscribed', 'subscribed', 'subscribed', 'failed']);
  assert.match(JSON.stringify(results[3].error), /too_many_subscriptions/);
  assert.equal((await me.subscriptions()).count, 3);
  // What is there may be refreshed, and room that was made may be used.
  assert.deepEqual((await me.subscribe(targets[0])).map((r) => r.outcome), ['refreshed']);
  await me.unsubscribe(targets[0]);
  assert.deepEqual((await me.subscribe(targets[3])).map((r) => r.outcome), ['subscribed']);
});

test('over a socket the cap is told in the answer, and the connection stays', async (t) => {
  const cast = new Cast(t, server);
  for (const kind of ['json', 'stompjs']) {
    const client = await cast.connect(kind, user('me'));
    const { results } = await client.command('presence.subscribe', { targetUserIds: users(4, 't') });
    assert.equal(results.filter((r) => r.outcome === 'failed').length, 1);
    assert.match(JSON.stringify(results[3].error), /too_many_subscriptions/);
    await client.command('heartbeat');
  }
});

test('a target has a cap on its subscribers too: who comes late has no edge in the end', async (t) => {
  const cast = new Cast(t, server);
  const star = user('star');
  const fans = users(3, 'fan');
  for (const fan of fans) await cast.rest(fan).subscribe(star);
  await until('the edges to settle', async () => {
    const { count, subscribers } = await cast.rest(star).subscribers();
    const own = await Promise.all(fans.map((fan) => cast.rest(fan).subscribedTo(star)));
    const subscribed = fans.filter((_, i) => own[i].subscribed);
    return count === 2 && subscribed.length === 2 && subscribers.every((s) => subscribed.includes(s.userId));
  });
});

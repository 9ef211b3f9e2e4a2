// L1–L3: one JSON line for each thing that happened, and never a secret in one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Cast } from '../lib/cast.mjs';
import { request } from '../lib/rest.mjs';
import { useServer } from '../lib/server.mjs';
import { tokenFor } from '../lib/token.mjs';
import { until } from '../lib/until.mjs';
import { user } from '../lib/users.mjs';

const server = useServer();

const lines = () => server.logs().split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
const about = (id) => lines().filter((line) => line.userId === id);
const logged = (id, event) => until(`${event} of ${id}`, () => about(id).find((line) => line.event === event));

test('sessions, presence and subscriptions are logged as they change', async (t) => {
  const cast = new Cast(t, server);
  const [ada, grace] = [await cast.json(user('ada')), user('grace')];
  assert.equal((await logged(ada.userId, 'session.started')).sessionId, ada.welcome.sessionId);
  assert.equal((await logged(ada.userId, 'presence.changed')).online, true);
  await ada.command('presence.subscribe', { targetUserIds: [grace] });
  assert.equal((await logged(ada.userId, 'subscription.created')).count, 1);
  await ada.command('presence.unsubscribe', { targetUserIds: [grace] });
  assert.equal((await logged(ada.userId, 'subscription.ended')).reason, 'unsubscribed');
  await ada.command('leave');
  assert.equal((await logged(ada.userId, 'session.ended')).reason, 'left');
  for (const line of about(ada.userId)) {
    assert.equal(line.level, 'info');
    assert.match(line.ts, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  }
});

test('a line says which request caused it', async () => {
  const id = user('rest');
  const answer = await request(server, 'POST', '/api/subscriptions/presence/subscribe', {
    token: tokenFor(id), body: { targetUserId: user('target') }, headers: { 'x-request-id': `cause-of-${id}` },
  });
  assert.equal(answer.status, 200, answer.text);
  assert.equal((await logged(id, 'subscription.created')).requestId, `cause-of-${id}`);
});

test('a refused request is logged with its code', async () => {
  const requestId = user('refused');
  await request(server, 'GET', '/api/presence/ada', { headers: { 'x-request-id': requestId } });
  const line = await until('the refusal', () => lines().find((other) => other.requestId === requestId));
  assert.equal(line.code, 'unauthorized');
});

test('beats write no line, and no line holds a token or a content', async (t) => {
  const cast = new Cast(t, server);
  const [client, friend] = [await cast.json(user('quiet')), await cast.json(user('friend'))];
  await logged(client.userId, 'presence.changed');
  const before = about(client.userId).length;
  client.startBeating(100);
  await until('ten beats', () => client.beats.answered >= 10);
  await client.command('message.send', { to: friend.userId, content: 'the-secret-of-the-message' });
  await friend.command('leave');
  await logged(friend.userId, 'session.ended');
  assert.equal(about(client.userId).length, before);
  for (const secret of ['the-secret-of-the-message', client.welcome.resumeToken, tokenFor(client.userId).split('.')[0]]) {
    assert.ok(!server.logs().includes(secret), 'a secret stands in the log');
  }
});

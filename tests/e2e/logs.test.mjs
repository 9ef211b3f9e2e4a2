// L1–L3: one JSON line for each thing that happened, and never a secret in one.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Cast } from '../lib/cast.mjs';
import { request } from '../lib/rest.mjs';
import { useServer } from '../lib/server.mjs';
import { tokenFor } from '../lib/token.mjs';
import { until } from '../lib/until.mjs';
import { user } from '../lib/users.mjs';

const server = useServer({ OFFLINE_GRACE: '10' });

/** What was written so far, each line read as JSON; of the last one there may be no more than a part yet. */
const lines = () => server.logs().split('\n').slice(0, -1).map((line) => JSON.parse(line));
const about = (id) => lines().filter((line) => line.userId === id);

/** The first line of `id` with this event and these fields, which may be written a little later than its cause is answered. */
const logged = (id, event, fields = {}, options) =>
  until(
    `${event} of ${id}`,
    () => about(id).find((line) => line.event === event && Object.entries(fields).every(([name, value]) => line[name] === value)),
    options,
  );

describe('what is logged', { concurrency: true }, () => {
  test('sessions, presence and subscriptions are logged as they change', async (t) => {
    const cast = new Cast(t, server);
    const [ada, grace] = [await cast.json(user('ada')), user('grace')];
    assert.equal((await logged(ada.userId, 'session.started')).sessionId, ada.welcome.sessionId);
    assert.equal((await logged(ada.userId, 'presence.changed')).online, true);
    await ada.command('presence.subscribe', { targetUserIds: [grace] });
    assert.equal((await logged(ada.userId, 'subscription.created')).count, 1);
    await ada.command('presence.unsubscribe', { targetUserIds: [grace] });
    assert.equal((await logged(ada.userId, 'subscription.ended')).reason, 'unsubscribed');
    await ada.command('online-status', { status: 'BUSY' });
    await logged(ada.userId, 'presence.changed', { status: 'BUSY' });
    await ada.command('leave');
    const ended = await logged(ada.userId, 'session.ended');
    assert.deepEqual([ended.sessionId, ended.reason], [ada.welcome.sessionId, 'left']);
    await logged(ada.userId, 'presence.changed', { online: false });
  });

  test('a session that expires is logged with its reason, a resumed one as resumed', async (t) => {
    const cast = new Cast(t, server);
    const [silent, returning] = [await cast.json(user('silent'), { beat: false }), await cast.json(user('returning'))];
    await returning.terminate();
    await cast.resume(returning);
    await logged(returning.userId, 'session.resumed', { sessionId: returning.welcome.sessionId });
    await logged(silent.userId, 'session.ended', { reason: 'expired' }, { timeout: server.ttlMs + 15_000 });
    assert.deepEqual(about(returning.userId).filter((line) => line.event === 'session.ended'), []);
  });

  test('a line says which request caused it', async (t) => {
    const cast = new Cast(t, server);
    const client = await cast.json(user('rest'));
    const [id, { sessionId }] = [client.userId, client.welcome];
    const targets = { targetUserId: user('target') };
    const causes = [
      ['POST', '/api/subscriptions/presence/subscribe', targets, 'subscription.created'],
      ['POST', '/api/subscriptions/presence/unsubscribe', targets, 'subscription.ended'],
      ['PUT', `/api/presence/${id}/status`, { status: 'AWAY' }, 'presence.changed'],
      ['DELETE', `/api/subscriptions/websocket/session/${sessionId}`, undefined, 'session.ended'],
    ];
    for (const [method, path, body, event] of causes) {
      const requestId = `${event}-of-${id}`;
      const answer = await request(server, method, path, { token: tokenFor(id), body, headers: { 'x-request-id': requestId } });
      assert.ok(answer.status < 300, answer.text);
      await logged(id, event, { requestId });
    }
  });

  test('a refused request is logged with its code', async () => {
    const requestId = user('refused');
    await request(server, 'GET', '/api/presence/ada', { headers: { 'x-request-id': requestId } });
    const line = await until('the refusal', () => lines().find((other) => other.requestId === requestId));
    assert.deepEqual([line.event, line.code, line.status], ['request.refused', 'unauthorized', 401]);
  });

  test('a refused command is logged with its code', async (t) => {
    const cast = new Cast(t, server);
    const [client, other] = [await cast.json(user('refused')), await cast.json(user('other'))];
    await assert.rejects(client.command('online-status', { status: 'AWAY', scope: 'device', sessionId: other.sessionId }));
    await logged(client.userId, 'command.refused', { code: 'session_not_found' });
  });

  test('beats write no line, and no line holds a token or a content', async (t) => {
    const cast = new Cast(t, server);
    const [quiet, friend] = [user('quiet'), user('friend')];
    const tokens = [tokenFor(quiet), tokenFor(friend)];
    const client = await cast.json(quiet, { token: tokens[0], tokenBy: 'query' });
    const other = await cast.json(friend, { token: tokens[1], tokenBy: 'subprotocol' });
    await logged(quiet, 'presence.changed');
    const before = about(quiet).length;
    client.startBeating(100);
    await until('ten beats', () => client.beats.answered >= 10);
    await client.command('message.send', { to: friend, content: 'the-secret-of-the-message' });
    await other.next('message');
    // A later line of the same user: what came before it is all there was.
    await client.command('leave');
    const ended = await logged(quiet, 'session.ended');
    const between = about(quiet).slice(before);
    assert.deepEqual(between.slice(0, between.findIndex((line) => line.event === ended.event)), []);
    const secrets = [...tokens, ...tokens.map((token) => token.split('.')[2]), client.welcome.resumeToken, other.welcome.resumeToken];
    for (const secret of [...secrets, 'the-secret-of-the-message']) {
      assert.ok(!server.logs().includes(secret), 'a secret stands in the log');
    }
  });
});

test('every line is JSON with a level and a time', () => {
  const all = lines();
  assert.ok(all.length > 20, `${all.length} lines`);
  for (const line of all) {
    assert.equal(line.level, 'info', JSON.stringify(line));
    assert.match(line.ts, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, JSON.stringify(line));
    assert.equal(typeof line.event, 'string', JSON.stringify(line));
  }
});

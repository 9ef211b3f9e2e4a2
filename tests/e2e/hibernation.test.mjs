// An idle object leaves memory after about ten seconds, with its sockets open: what must survive does.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Cast } from '../lib/cast.mjs';
import { frame } from '../lib/raw-stomp.mjs';
import { useServer } from '../lib/server.mjs';
import { pause } from '../lib/until.mjs';
import { user } from '../lib/users.mjs';

// A long TTL: no alarm wakes the object within the test.
const server = useServer({ SESSION_TTL: '120', OFFLINE_GRACE: '1' });

/** Longer than the platform keeps an idle object. The passing of time is what is tested here. */
const IDLE_MS = 14_000;

const stats = (cast, id) => cast.rest(id).get(`/dev/hub/${encodeURIComponent(id)}/stats`);

describe('after an idle time', { concurrency: true }, () => {
  test('half a STOMP frame ends as if nothing had been', async (t) => {
    const cast = new Cast(t, server);
    const client = await cast.raw(user('halves'));
    await client.subscribe('r', '/user/queue/replies');
    const text = frame('SEND', { destination: '/app/heartbeat', 'correlation-id': 'whole' }, '{}');
    client.sendText(text.slice(0, 25));
    await pause(IDLE_MS);
    client.sendText(text.slice(25));
    assert.equal((await client.message('r')).headers['correlation-id'], 'whole');
  });

  test('STOMP subscriptions still receive, and the session is the same', async (t) => {
    const cast = new Cast(t, server);
    const [client, friend] = [await cast.stomp(user('sleeper')), await cast.json(user('friend'))];
    await client.subscribe(`/topic/presence.${friend.userId}`);
    await client.nextPresence(friend.userId, { status: 'ONLINE' });
    await pause(IDLE_MS);
    await friend.command('online-status', { status: 'BUSY' });
    await client.nextPresence(friend.userId, { status: 'BUSY' });
    const { messageId } = await friend.command('message.send', { to: client.userId, content: 'awake?' });
    assert.equal((await client.next('message')).messageId, messageId);
    assert.equal((await cast.rest(client.userId).sessions())[0].sessionId, client.sessionId);
  });

  test('beats of 14 s have neither kept nor made the object awake', async (t) => {
    const cast = new Cast(t, server);
    const client = await cast.json(user('idler'));
    client.startBeating(1000);
    await client.command('heartbeat');
    assert.ok((await stats(cast, client.userId)).frames >= 1);
    await pause(IDLE_MS);
    const { frames } = await stats(cast, client.userId);
    assert.equal(frames, 0, 'the object woke afresh for the question, and had seen no frame');
    assert.ok(client.beats.answered >= 10, `${client.beats.answered} beats answered`);
  });
});

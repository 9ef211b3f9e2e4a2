// What hibernation may cost a STOMP socket: a large unfinished frame, and then the socket, but never the session.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Cast } from '../lib/cast.mjs';
import { frame } from '../lib/raw-stomp.mjs';
import { useServer } from '../lib/server.mjs';
import { pause } from '../lib/until.mjs';
import { user } from '../lib/users.mjs';

const server = useServer({ SESSION_TTL: '120', OFFLINE_GRACE: '10' });

/** Longer than the platform keeps an idle object. The passing of time is what is tested here. */
const IDLE_MS = 14_000;
/** What an attachment keeps of an unfinished frame is 8 KiB. */
const LARGE = 'x'.repeat(10_000);

describe('after an idle time', { concurrency: true }, () => {
  test('a socket with a large half frame is closed with 1012, and its session is resumed within the grace', async (t) => {
    const cast = new Cast(t, server);
    const client = await cast.raw(user('large-half'));
    const { session, 'resume-token': resume } = client.connected.headers;
    const text = frame('SEND', { destination: '/app/heartbeat' }, JSON.stringify({ note: LARGE }));
    client.sendText(text.slice(0, 9_500));
    await pause(IDLE_MS);
    client.sendText(text.slice(9_500));
    assert.equal((await client.whenClosed()).code, 1012);
    const again = await cast.raw(client.userId, { connect: { 'resume-token': resume } });
    assert.equal(again.connected.headers.session, session);
  });

  test('the same frame without the idle time arrives whole', async (t) => {
    const client = await new Cast(t, server).raw(user('large-whole'));
    const text = frame('SEND', { destination: '/app/heartbeat', receipt: 'whole' }, JSON.stringify({ note: LARGE }));
    client.sendText(text.slice(0, 9_500));
    client.sendText(text.slice(9_500));
    await client.next('RECEIPT', ({ headers }) => headers['receipt-id'] === 'whole');
  });

  test('a socket with 64 subscriptions keeps them, and the next one is refused', async (t) => {
    const cast = new Cast(t, server);
    const client = await cast.raw(user('full'));
    await client.subscribe('errors', '/user/queue/errors');
    for (let n = 1; n < 63; n += 1) await client.subscribe(`s${n}`, `/topic/presence.u${n}`);
    await client.subscribe('replies', '/user/queue/replies');
    await pause(IDLE_MS);
    client.send('SEND', { destination: '/app/heartbeat', 'correlation-id': 'still' }, '{}');
    assert.equal((await client.message('replies')).headers['correlation-id'], 'still');
    client.send('SUBSCRIBE', { id: 'one-more', destination: '/user/queue/typing' });
    assert.equal((await client.message('errors')).json.code, 'too_many_destinations');
  });
});

// What hibernation may cost a STOMP socket: a large unfinished frame, and then the socket, but never the session.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Cast } from '../lib/cast.mjs';
import { frame } from '../lib/raw-stomp.mjs';
import { useServer } from '../lib/server.mjs';
import { until } from '../lib/until.mjs';
import { user } from '../lib/users.mjs';

const server = useServer({ SESSION_TTL: '120', OFFLINE_GRACE: '10' });

/** What an attachment keeps of an unfinished frame is 8 KiB. */
const LARGE = 'x'.repeat(10_000);

const stats = (cast, id) => cast.rest(id).get(`/dev/hub/${id}/stats`);

/** Once the hub has had that many frames: takes it out of memory, its sockets open, as the platform does with an idle one. */
async function evictAfter(cast, id, frames) {
  await until(`${frames} frames in the hub of ${id}`, async () => (await stats(cast, id)).frames >= frames);
  // A hub that is still busy does not go.
  await until(`the eviction of ${id}`, () => server.running.evict(id).then(() => true));
}

/** A frame of a bit more than LARGE, in two pieces of which the first does not fit into an attachment. */
function halves(headers) {
  const text = frame('SEND', { destination: '/app/heartbeat', ...headers }, JSON.stringify({ note: LARGE }));
  return [text.slice(0, 9_500), text.slice(9_500)];
}

test('a socket whose large half frame was lost is closed with 1012, and its session is resumed within the grace', async (t) => {
  const cast = new Cast(t, server);
  const client = await cast.raw(user('large-half'));
  const { session, 'resume-token': resume } = client.connected.headers;
  const [first, second] = halves();
  client.sendText(first);
  await evictAfter(cast, client.userId, 2);
  client.sendText(second);
  assert.equal((await client.whenClosed()).code, 1012);
  const again = await cast.raw(client.userId, { connect: { 'resume-token': resume } });
  assert.equal(again.connected.headers.session, session);
  const sessions = await cast.rest(client.userId).sessions();
  assert.deepEqual(sessions.map(({ sessionId, connected }) => [sessionId, connected]), [[session, true]]);
});

test('the same frame without an eviction arrives whole', async (t) => {
  const client = await new Cast(t, server).raw(user('large-whole'));
  for (const half of halves({ receipt: 'whole' })) client.sendText(half);
  await client.next('RECEIPT', ({ headers }) => headers['receipt-id'] === 'whole');
});

test('a socket with 64 subscriptions keeps them all, and the next one is refused', async (t) => {
  const cast = new Cast(t, server);
  const client = await cast.raw(user('full'));
  const watched = Array.from({ length: 62 }, (_, n) => user(`w${n}`));
  await client.subscribe('errors', '/user/queue/errors');
  for (const [n, id] of watched.entries()) await client.subscribe(`w${n}`, `/topic/presence.${id}`);
  await client.subscribe('replies', '/user/queue/replies');
  await evictAfter(cast, client.userId, 65);
  client.send('SEND', { destination: '/app/heartbeat', 'correlation-id': 'still' }, '{}');
  assert.equal((await client.message('replies')).headers['correlation-id'], 'still');
  assert.equal((await stats(cast, client.userId)).frames, 1, 'the hub had woken afresh');
  for (const n of [0, 30, 61]) {
    await cast.json(watched[n]);
    assert.equal((await client.message(`w${n}`, (presence) => presence.online)).json.userId, watched[n]);
  }
  client.send('SUBSCRIBE', { id: 'one-more', destination: '/user/queue/typing' });
  assert.equal((await client.message('errors')).json.code, 'too_many_destinations');
});

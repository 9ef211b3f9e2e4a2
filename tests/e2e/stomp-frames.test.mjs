// STOMP frames as the network may cut them, and receipts that mean what they say.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Cast } from '../lib/cast.mjs';
import { alsoEvicting } from '../lib/evictions.mjs';
import { frame } from '../lib/raw-stomp.mjs';
import { useServer } from '../lib/server.mjs';
import { user } from '../lib/users.mjs';

alsoEvicting(useServer(), (server) => {
  /** A client that listens to replies and errors. */
  async function listener(t, options) {
    const cast = new Cast(t, server);
    const client = await cast.raw(user('me'), options);
    await client.subscribe('r', '/user/queue/replies');
    await client.subscribe('e', '/user/queue/errors');
    return { cast, client };
  }

  const heartbeat = (id, headers = {}) => frame('SEND', { destination: '/app/heartbeat', 'correlation-id': id, ...headers }, '{}');
  const replied = (client, id) => client.message('r', () => true).then((m) => assert.equal(m.headers['correlation-id'], id));

  test('a frame may be cut in two anywhere', async (t) => {
    const { client } = await listener(t);
    const text = heartbeat('cut');
    for (let at = 1; at < text.length; at += 7) {
      client.sendText(text.slice(0, at));
      client.sendText(text.slice(at));
      await replied(client, 'cut');
    }
  });

  test('a binary frame may be cut within a character', async (t) => {
    const { client } = await listener(t);
    const bytes = Buffer.from(heartbeat('thử nghiệm 🎈'));
    for (let at = 1; at < bytes.length; at += 5) {
      client.socket.send(bytes.subarray(0, at));
      client.socket.send(bytes.subarray(at));
      await replied(client, 'thử nghiệm 🎈');
    }
  });

  test('several frames may come in one message, with line ends between them', async (t) => {
    const { client } = await listener(t);
    client.sendText(`\n\n${heartbeat('one')}\n\n\n${heartbeat('two')}${heartbeat('three')}\n`);
    for (const id of ['one', 'two', 'three']) await replied(client, id);
  });

  test('half a frame may follow a whole one, and end with the next message', async (t) => {
    const { client } = await listener(t);
    const [one, two] = [heartbeat('one'), heartbeat('two')];
    client.sendText(one + two.slice(0, 10));
    await replied(client, 'one');
    client.sendText(two.slice(10));
    await replied(client, 'two');
  });

  test('line ends may be CRLF', async (t) => {
    const { client } = await listener(t);
    client.sendText('SEND\r\ndestination:/app/heartbeat\r\ncorrelation-id:crlf\r\n\r\n{}\0');
    await replied(client, 'crlf');
  });

  test('a body of content-length bytes may hold NUL, and the next frame begins after it', async (t) => {
    const { client } = await listener(t);
    const odd = '{"a":"\0"}';
    client.sendText(frame('SEND', { destination: '/app/heartbeat', 'correlation-id': 'odd', 'content-length': odd.length }, odd) + heartbeat('next'));
    const refused = await client.message('e');
    assert.equal(refused.json.correlationId ?? refused.headers['correlation-id'], 'odd');
    await replied(client, 'next');
  });

  test('content-length counts bytes, not characters', async (t) => {
    const { client, cast } = await listener(t);
    const friend = await cast.json(user('friend'));
    const text = JSON.stringify({ to: friend.userId, content: 'đồng hồ ⏰' });
    client.sendText(frame('SEND', { destination: '/app/message.send', 'content-length': Buffer.byteLength(text) }, text));
    assert.equal((await friend.next('message')).content, 'đồng hồ ⏰');
  });

  describe('a receipt comes only when the effect is durable', () => {
    test('of a subscription by command', async (t) => {
      const cast = new Cast(t, server);
      const [id, target] = [user('me'), user('target')];
      const client = await cast.raw(id);
      await client.withReceipt('SEND', { destination: '/app/presence.subscribe' }, JSON.stringify({ targetUserId: target }));
      assert.equal((await cast.rest(id).subscribedTo(target)).subscribed, true);
      await client.withReceipt('SEND', { destination: '/app/presence.unsubscribe' }, JSON.stringify({ targetUserId: target }));
      assert.equal((await cast.rest(id).subscribedTo(target)).subscribed, false);
    });

    test('of a status', async (t) => {
      const cast = new Cast(t, server);
      const id = user('me');
      const client = await cast.raw(id);
      await client.withReceipt('SEND', { destination: '/app/online-status' }, JSON.stringify({ status: 'BUSY' }));
      assert.equal((await cast.rest(id).presence()).status, 'BUSY');
    });

    test('of SUBSCRIBE and UNSUBSCRIBE on a topic', async (t) => {
      const cast = new Cast(t, server);
      const [id, target] = [user('me'), user('target')];
      const client = await cast.raw(id);
      await client.subscribe('s', `/topic/presence.${target}`);
      assert.equal((await cast.rest(id).subscribedTo(target)).subscribed, true);
      await client.withReceipt('UNSUBSCRIBE', { id: 's' });
      assert.equal((await cast.rest(id).subscribedTo(target)).subscribed, false);
    });

    test('of DISCONNECT', async (t) => {
      const cast = new Cast(t, server);
      const id = user('me');
      const client = await cast.raw(id);
      await client.withReceipt('DISCONNECT');
      assert.equal((await cast.rest(id).presence()).online, false);
    });

    test('and a refused command with a receipt is told in the errors queue', async (t) => {
      const { client } = await listener(t);
      client.send('SEND', { destination: '/app/online-status', receipt: 'bad', 'correlation-id': 'c' }, '{"status":"OFFLINE"}');
      const { json } = await client.message('e');
      assert.equal(json.destination, '/app/online-status');
      assert.match(json.code, /^[a-z_]+$/);
      assert.ok(json.detail.length > 0);
      await client.withReceipt('SEND', { destination: '/app/heartbeat' }, '');
    });
  });

  describe('topics', () => {
    /** A client on a topic of an online friend. */
    async function onTopic(t) {
      const cast = new Cast(t, server);
      const [client, friend] = [await cast.raw(user('me')), await cast.json(user('friend'))];
      return { cast, client, friend, me: cast.rest(client.userId), topic: `/topic/presence.${friend.userId}` };
    }

    test('SUBSCRIBE brings the current presence and every change', async (t) => {
      const { client, friend, topic } = await onTopic(t);
      await client.subscribe('s', topic);
      const first = await client.message('s');
      assert.equal(first.headers.destination, topic);
      assert.deepEqual([first.json.type, first.json.userId, first.json.status], ['presence', friend.userId, 'ONLINE']);
      await friend.command('online-status', { status: 'BUSY' });
      assert.equal((await client.message('s', (p) => p.status === 'BUSY')).json.version, first.json.version + 1);
    });

    test('each matching subscription has a MESSAGE of its own', async (t) => {
      const { client, friend, topic } = await onTopic(t);
      await client.subscribe('one', topic);
      await client.subscribe('two', topic);
      await client.subscribe('all', '/user/queue/presence');
      await friend.command('online-status', { status: 'BUSY' });
      const busy = (p) => p.status === 'BUSY' || p.presences?.some((q) => q.status === 'BUSY');
      for (const id of ['one', 'two', 'all']) await client.message(id, busy);
    });

    test('the last UNSUBSCRIBE ends what SUBSCRIBE made, an earlier one does not', async (t) => {
      const { client, friend, me, topic } = await onTopic(t);
      await client.subscribe('one', topic);
      await client.subscribe('two', topic);
      await client.withReceipt('UNSUBSCRIBE', { id: 'one' });
      assert.equal((await me.subscribedTo(friend.userId)).subscribed, true);
      await client.withReceipt('UNSUBSCRIBE', { id: 'two' });
      assert.equal((await me.subscribedTo(friend.userId)).subscribed, false);
    });

    test('UNSUBSCRIBE does not end what a command made', async (t) => {
      const { client, friend, me, topic } = await onTopic(t);
      await me.subscribe(friend.userId);
      await client.subscribe('s', topic);
      await client.withReceipt('UNSUBSCRIBE', { id: 's' });
      assert.equal((await me.subscribedTo(friend.userId)).subscribed, true);
    });

    test('a lost socket ends no subscription', async (t) => {
      const { client, friend, me, topic } = await onTopic(t);
      await client.subscribe('s', topic);
      await client.dispose();
      assert.equal((await me.subscribedTo(friend.userId)).subscribed, true);
    });
  });
});

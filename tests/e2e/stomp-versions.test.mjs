// STOMP 1.0, 1.1 and 1.2, each by hand, and webstomp-client as a second library.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Cast } from '../lib/cast.mjs';
import { alsoEvicting } from '../lib/evictions.mjs';
import { JSON_PROTOCOL } from '../lib/json-client.mjs';
import { useServer } from '../lib/server.mjs';
import { until } from '../lib/until.mjs';
import { user } from '../lib/users.mjs';

alsoEvicting(useServer(), (server) => {
  const body = (value) => JSON.stringify(value);
  const send = (client, name, value, headers = {}) =>
    client.withReceipt('SEND', { destination: `/app/${name}`, 'content-type': 'application/json', ...headers }, body(value));

  for (const version of ['1.0', '1.1', '1.2']) {
    describe(`STOMP ${version}`, () => {
      test('connects, subscribes, sends, is answered and leaves', async (t) => {
        const cast = new Cast(t, server);
        const friend = await cast.json(user('friend'));
        const client = await cast.raw(user('me'), { version });
        assert.equal(client.connected.headers.version, version);
        assert.ok(client.connected.headers.session);
        await client.subscribe('p', '/user/queue/presence');
        await client.subscribe('r', '/user/queue/replies');
        await send(client, 'presence.subscribe', { targetUserIds: [friend.userId] }, { 'correlation-id': 'q1' });
        const reply = await client.message('r');
        assert.equal(reply.headers['correlation-id'], 'q1');
        assert.equal(reply.json.results[0].outcome, 'subscribed');
        const told = await client.message('p', (p) => p.userId === friend.userId || p.presences);
        assert.equal(told.headers.destination, '/user/queue/presence');
        assert.ok(told.headers['message-id']);
        assert.ok(Number(told.headers['content-length'] ?? Buffer.byteLength(told.body)) === Buffer.byteLength(told.body));
        await client.withReceipt('DISCONNECT');
        assert.equal((await client.whenClosed()).code, 1000);
      });

      test('escapes headers as its version does', async (t) => {
        const client = await new Cast(t, server).raw(user('me'), { version });
        await client.subscribe('r', '/user/queue/replies');
        // 1.0 has no escapes: a colon in a value is a colon, a backslash a backslash.
        const id = version === '1.0' ? 'a:b\\c' : 'a:b\\c\nd';
        client.send('SEND', { destination: '/app/heartbeat', 'correlation-id': id }, '');
        assert.equal((await client.message('r')).headers['correlation-id'], id);
      });

      test('takes the first of repeated headers', async (t) => {
        const client = await new Cast(t, server).raw(user('me'), { version });
        await client.subscribe('r', '/user/queue/replies');
        client.sendText('SEND\ndestination:/app/heartbeat\ncorrelation-id:first\ncorrelation-id:second\n\n\0');
        assert.equal((await client.message('r')).headers['correlation-id'], 'first');
      });

      test('negotiates heart-beats and answers every beat of the client', async (t) => {
        const client = await new Cast(t, server).raw(user('me'), { version, connect: { 'heart-beat': '1000,1000' } });
        const offer = client.connected.headers['heart-beat'];
        if (version === '1.0' && offer === undefined) return;
        const [sx, sy] = offer.split(',').map(Number);
        assert.ok(sx > 0 && sx <= 1000, `the server promises beats at the client's own rate: ${offer}`);
        assert.ok(sy > 0 && sy < server.ttlMs / 2, `and wants them often enough for the TTL: ${offer}`);
        for (const beats of [1, 2, 3]) {
          client.sendText('\n');
          await until('a beat to be answered', () => client.heartbeats >= beats);
        }
      });

      test('promises no beats to a client that sends none', async (t) => {
        const client = await new Cast(t, server).raw(user('me'), { version, connect: { 'heart-beat': '0,5000' } });
        assert.match(client.connected.headers['heart-beat'] ?? '0,0', /^0,/);
      });

      test('DISCONNECT is an immediate departure, with its receipt first', async (t) => {
        const cast = new Cast(t, server);
        const id = user('leaver');
        const watcher = await cast.json(user('watcher'));
        const client = await cast.raw(id, { version });
        await watcher.command('presence.subscribe', { targetUserId: id });
        await watcher.nextPresence(id, { online: true });
        await client.withReceipt('DISCONNECT');
        assert.equal((await client.whenClosed()).code, 1000);
        assert.equal((await cast.rest(watcher.userId).presence(id)).online, false);
        await watcher.nextPresence(id, { online: false });
      });
    });
  }

  test('of several versions offered in CONNECT the highest is taken', async (t) => {
    const cast = new Cast(t, server);
    const client = await cast.raw(user('me'), { connect: { 'accept-version': '1.0,1.1,1.2' } });
    assert.equal(client.connected.headers.version, '1.2');
  });

  test('a version that the server does not speak is an ERROR that names those it does', async (t) => {
    const client = await new Cast(t, server).rawOpen(user('me'));
    client.send('CONNECT', { 'accept-version': '2.0', host: 'x' });
    const error = await client.next('ERROR');
    assert.match(error.headers.version ?? error.body, /1\.0.*1\.1.*1\.2|1\.2.*1\.1.*1\.0/);
    assert.equal((await client.whenClosed()).code, 4000);
  });

  test('the STOMP command connects as CONNECT does', async (t) => {
    const client = await new Cast(t, server).rawOpen(user('me'));
    assert.equal((await client.connect({}, 'STOMP')).headers.version, '1.2');
  });

  test('STOMP 1.0 subscribes and unsubscribes by destination, without ids', async (t) => {
    const cast = new Cast(t, server);
    const target = user('target');
    const client = await cast.raw(user('me'), { version: '1.0' });
    const destination = `/topic/presence.${target}`;
    await client.withReceipt('SUBSCRIBE', { destination });
    const told = await client.next('MESSAGE', (m) => m.headers.destination === destination);
    assert.equal(JSON.parse(told.body).status, 'OFFLINE');
    await client.withReceipt('UNSUBSCRIBE', { destination });
  });

  for (const protocols of [['v12.stomp'], ['v11.stomp'], ['v10.stomp']]) {
    test(`webstomp-client lives, talks and leaves on ${protocols}`, async (t) => {
      const cast = new Cast(t, server);
      const friend = await cast.json(user('friend'));
      const client = await cast.stomp(user('me'), { library: 'webstomp', protocols });
      assert.equal(client.engine.version, `${protocols[0][1]}.${protocols[0][2]}`);
      await client.command('presence.subscribe', { targetUserId: friend.userId });
      await client.nextPresence(friend.userId, { status: 'ONLINE' });
      await friend.command('online-status', { status: 'BUSY', message: 'họp' });
      assert.equal((await client.nextPresence(friend.userId, { status: 'BUSY' })).message, 'họp');
      const { messageId } = await client.command('message.send', { to: friend.userId, content: 'chào' });
      assert.equal((await friend.next('message')).messageId, messageId);
      await client.leave();
      await until('the user to be offline', async () => !(await cast.rest(friend.userId).presence(client.userId)).online);
    });
  }

  test('stompjs and the JSON protocol hear the same of each other', async (t) => {
    const cast = new Cast(t, server);
    const [stomp, json] = [await cast.stomp(user('s')), await cast.json(user('j'), { protocols: [JSON_PROTOCOL, 'v12.stomp'] })];
    await stomp.command('presence.subscribe', { targetUserId: json.userId });
    await json.command('presence.subscribe', { targetUserId: json.userId });
    const [one, other] = [await stomp.nextPresence(json.userId), await json.nextPresence(json.userId)];
    const bare = ({ userId, online, status, devices }) => ({ userId, online, status, devices });
    assert.deepEqual(bare(one), bare(other));
  });
});

// What breaks the protocol is answered by ERROR and a close; what is merely refused keeps the connection.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Cast } from '../lib/cast.mjs';
import { alsoEvicting } from '../lib/evictions.mjs';
import { frame } from '../lib/raw-stomp.mjs';
import { useServer } from '../lib/server.mjs';
import { user } from '../lib/users.mjs';

alsoEvicting(useServer(), (server) => {
  /** ERROR with a word, the receipt's id where there was one, then the close; the same object serves on. */
  async function assertViolation(cast, client, id, { receipt, code = 4000, word } = {}) {
    const error = await client.next('ERROR');
    const said = `${error.headers.message ?? ''} ${error.headers.code ?? ''} ${error.body}`;
    assert.ok(said.trim().length > 0, 'an ERROR says something');
    if (word) assert.match(said, word);
    if (receipt) assert.equal(error.headers['receipt-id'], receipt);
    const close = await client.whenClosed();
    assert.equal(close.code, code);
    assert.equal((await cast.rest(id).presence()).userId, id);
  }

  describe('before CONNECTED', () => {
    const first = {
      'SEND as the first frame': frame('SEND', { destination: '/app/heartbeat' }),
      'SUBSCRIBE as the first frame': frame('SUBSCRIBE', { id: '1', destination: '/user/queue/presence' }),
      'DISCONNECT as the first frame': frame('DISCONNECT'),
      'an unknown first command': frame('HELLO'),
      'CONNECT with a heart-beat that is none': frame('CONNECT', { 'accept-version': '1.2', host: 'x', 'heart-beat': 'often' }),
      'JSON where STOMP was agreed': '{"type":"heartbeat"}\0',
    };
    for (const [what, text] of Object.entries(first)) {
      test(`${what} is an ERROR and close 4000`, async (t) => {
        const cast = new Cast(t, server);
        const id = user('me');
        const client = await cast.rawOpen(id);
        client.sendText(text);
        await assertViolation(cast, client, id);
      });
    }
  });

  describe('after CONNECTED', () => {
    const receipt = 'r7';
    const violations = {
      'an unknown command': frame('EXPLODE', { receipt }),
      'a second CONNECT': frame('CONNECT', { 'accept-version': '1.2', host: 'x', receipt }),
      'SEND without a destination': frame('SEND', { receipt }, '{}'),
      'SUBSCRIBE without a destination': frame('SUBSCRIBE', { id: '1', receipt }),
      'SUBSCRIBE without an id': frame('SUBSCRIBE', { destination: '/user/queue/presence', receipt }),
      'UNSUBSCRIBE without an id': frame('UNSUBSCRIBE', { receipt }),
      'SUBSCRIBE with ack:client': frame('SUBSCRIBE', { id: '1', destination: '/user/queue/presence', ack: 'client', receipt }),
      'SUBSCRIBE with ack:client-individual': frame('SUBSCRIBE', { id: '1', destination: '/user/queue/presence', ack: 'client-individual', receipt }),
      BEGIN: frame('BEGIN', { transaction: 't', receipt }),
      COMMIT: frame('COMMIT', { transaction: 't', receipt }),
      ABORT: frame('ABORT', { transaction: 't', receipt }),
    };
    for (const [what, text] of Object.entries(violations)) {
      test(`${what} is an ERROR with the receipt's id and close 4000`, async (t) => {
        const cast = new Cast(t, server);
        const id = user('me');
        const client = await cast.raw(id);
        client.sendText(text);
        await assertViolation(cast, client, id, { receipt });
      });
    }

    const garbage = {
      'an escape that is none': 'SEND\ndestination:/app/heart\\tbeat\n\n\0',
      'a header without a colon': 'SEND\ndestination\n\n\0',
      'a content-length that is no number': 'SEND\ndestination:/app/heartbeat\ncontent-length:many\n\n\0',
      'a body that is longer than its content-length': 'SEND\ndestination:/app/heartbeat\ncontent-length:1\n\n{}\0',
      'text that is no frame': 'just some words\n\n\0',
    };
    for (const [what, text] of Object.entries(garbage)) {
      test(`${what} is an ERROR and close 4000`, async (t) => {
        const cast = new Cast(t, server);
        const id = user('me');
        const client = await cast.raw(id);
        client.sendText(text);
        await assertViolation(cast, client, id);
      });
    }

    test('a violation costs the socket, and after the grace the session ends with that reason', async (t) => {
      const cast = new Cast(t, server);
      const id = user('me');
      const other = await cast.json(id);
      const client = await cast.raw(id);
      client.sendText(frame('EXPLODE'));
      await client.whenClosed();
      const ended = await other.next('session', (s) => s.event === 'ended');
      assert.equal(ended.reason, 'protocol_error');
    });
  });

  describe('what is too large is ERROR frame_too_large and close 1009', () => {
    const headers = Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`h${i}`, 'x']));
    const large = {
      'a body over 64 KiB': frame('SEND', { destination: '/app/message.send' }, 'x'.repeat(66 * 1024)),
      'a header over 8 KiB': frame('SEND', { destination: '/app/heartbeat', note: 'x'.repeat(8 * 1024 + 1) }),
      'more than 64 headers': frame('SEND', { destination: '/app/heartbeat', ...headers }),
      'a frame that never ends': `SEND\ndestination:/app/message.send\n\n${'x'.repeat(66 * 1024)}`,
      'a content-length over 64 KiB': frame('SEND', { destination: '/app/message.send', 'content-length': 70_000 }, 'x'),
    };
    for (const [what, text] of Object.entries(large)) {
      test(what, async (t) => {
        const cast = new Cast(t, server);
        const id = user('me');
        const client = await cast.raw(id);
        client.sendText(text);
        await assertViolation(cast, client, id, { code: 1009, word: /frame_too_large/ });
      });
    }

    test('a frame of almost 64 KiB is taken', async (t) => {
      const cast = new Cast(t, server);
      const client = await cast.raw(user('me'));
      await client.withReceipt('SEND', { destination: '/app/heartbeat' }, JSON.stringify({ note: 'x'.repeat(63 * 1024) }));
    });

    test('a JSON frame over 64 KiB closes with 1009', async (t) => {
      const client = await new Cast(t, server).json(user('me'));
      client.sendText(JSON.stringify({ type: 'heartbeat', id: 'x', note: 'x'.repeat(66 * 1024) }));
      assert.equal((await client.whenClosed()).code, 1009);
    });
  });

  describe('what is merely refused goes to the errors queue, and the connection stays', () => {
    const refused = {
      'an unknown command': ['/app/nothing', '{}'],
      'a destination outside /app': ['/queue/elsewhere', '{}'],
      'a body that is no JSON': ['/app/heartbeat', '{'],
      'a body of the wrong type': ['/app/presence.subscribe', '{"targetUserIds":7}'],
      'a body where one is needed and none is there': ['/app/presence.subscribe', ''],
      '501 targets': ['/app/presence.subscribe', JSON.stringify({ targetUserIds: Array.from({ length: 501 }, (_, i) => `u${i}`) })],
    };
    for (const [what, [destination, body]] of Object.entries(refused)) {
      test(what, async (t) => {
        const client = await new Cast(t, server).raw(user('me'));
        await client.subscribe('e', '/user/queue/errors');
        client.send('SEND', { destination, 'correlation-id': 'c9' }, body);
        const { json, headers } = await client.message('e');
        assert.match(json.code, /^[a-z_]+$/);
        assert.equal(json.destination, destination);
        assert.equal(json.correlationId ?? headers['correlation-id'], 'c9');
        assert.ok(json.detail.length > 0);
        await client.withReceipt('SEND', { destination: '/app/heartbeat' }, '');
      });
    }

    for (const destination of ['/topic/nothing', '/topic/presence.', '/topic/presence.not valid', '/user/queue/nothing']) {
      test(`SUBSCRIBE to ${destination} is refused with a word`, async (t) => {
        const cast = new Cast(t, server);
        const id = user('me');
        const client = await cast.raw(id);
        await client.subscribe('e', '/user/queue/errors');
        client.send('SUBSCRIBE', { id: 's', destination });
        const told = await Promise.race([client.message('e').then((m) => m.json.code), client.next('ERROR').then((e) => e.headers.message)]);
        assert.ok(told.length > 0);
        assert.equal((await cast.rest(id).presence()).userId, id);
      });
    }

    test('UNSUBSCRIBE of what was not subscribed hangs nothing', async (t) => {
      const cast = new Cast(t, server);
      const id = user('me');
      const client = await cast.raw(id);
      client.send('UNSUBSCRIBE', { id: 'never', receipt: 'u' });
      const answer = await Promise.race([client.next('RECEIPT'), client.next('ERROR')]);
      assert.ok(answer);
    });
  });
});

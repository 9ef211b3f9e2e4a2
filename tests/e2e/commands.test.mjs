// The six commands, W1 to W6, by an unmodified STOMP library and by the JSON protocol alike.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Cast } from '../lib/cast.mjs';
import { alsoEvicting } from '../lib/evictions.mjs';
import { Refused } from '../lib/participant.mjs';
import { useServer } from '../lib/server.mjs';
import { until } from '../lib/until.mjs';
import { user, users } from '../lib/users.mjs';

alsoEvicting(useServer(), (server) => {
  const refusedWith = (code) => (error) => {
    assert.ok(error instanceof Refused, error.stack);
    if (code) assert.equal(error.code, code);
    assert.ok(error.detail.length > 0);
    return true;
  };

  for (const kind of ['stompjs', 'json']) {
    describe(`over ${kind}`, () => {
      test('W1: a heartbeat refreshes the session and tells the device', async (t) => {
        const cast = new Cast(t, server);
        const client = await cast.connect(kind, user());
        const device = { type: 'mobile', name: 'Pixel 9', os: 'Android 16', appVersion: '4.2.0' };
        const [before] = await cast.rest(client.userId).sessions();
        await client.command('heartbeat', { device });
        const [after] = await cast.rest(client.userId).sessions();
        assert.equal(after.sessionId, before.sessionId);
        assert.deepEqual(after.device, device);
        assert.ok(after.lastSeenAt > before.lastSeenAt, `${after.lastSeenAt} after ${before.lastSeenAt}`);
        assert.ok(after.expiresAt > before.expiresAt, `${after.expiresAt} after ${before.expiresAt}`);
      });

      test('W1: an empty heartbeat refreshes the session and leaves the device as it is', async (t) => {
        const cast = new Cast(t, server);
        const client = await cast.connect(kind, user(), { query: { deviceType: 'tablet', deviceName: 'Slate' } });
        const [before] = await cast.rest(client.userId).sessions();
        await client.command('heartbeat');
        const [after] = await cast.rest(client.userId).sessions();
        assert.deepEqual(after.device, before.device);
        assert.equal(after.device.type, 'tablet');
        assert.ok(after.expiresAt > before.expiresAt);
      });

      test('W2: subscribing brings the current presence of each target at once, and every later change', async (t) => {
        const cast = new Cast(t, server);
        const [here, away] = users(2);
        const target = await cast.json(here, { query: { deviceType: 'desktop' } });
        const client = await cast.connect(kind, user('watcher'));
        const { results } = await client.command('presence.subscribe', { targetUserIds: [here, away] });
        assert.deepEqual(results.map((r) => [r.targetUserId, r.outcome]), [[here, 'subscribed'], [away, 'subscribed']]);
        const online = await client.nextPresence(here);
        assert.deepEqual([online.online, online.status], [true, 'ONLINE']);
        assert.deepEqual(online.devices, [{ type: 'desktop', status: 'ONLINE' }]);
        const offline = await client.nextPresence(away);
        assert.deepEqual([offline.online, offline.status, offline.version], [false, 'OFFLINE', 0]);

        await target.command('online-status', { status: 'BUSY', message: 'in a meeting' });
        const busy = await client.nextPresence(here, { status: 'BUSY' });
        assert.equal(busy.message, 'in a meeting');
        assert.equal(busy.version, online.version + 1);
      });

      test('W2: one target may be named alone, and the lists of both sides show the edge', async (t) => {
        const cast = new Cast(t, server);
        const target = user('target');
        const client = await cast.connect(kind, user('watcher'));
        await client.command('presence.subscribe', { targetUserId: target });
        await client.nextPresence(target);
        assert.deepEqual((await cast.rest(client.userId).subscriptions()).subscriptions.map((s) => s.userId), [target]);
        const shown = await until('the target to know its subscriber', async () => {
          const { subscribers } = await cast.rest(target).subscribers();
          return subscribers.length === 1 && subscribers[0];
        });
        assert.deepEqual([shown.userId, shown.watchingNow], [client.userId, true]);
      });

      test('W3: after unsubscribing nothing more is told', async (t) => {
        const cast = new Cast(t, server);
        const target = await cast.json(user('target'));
        const client = await cast.connect(kind, user('former'));
        const other = await cast.json(user('other'));
        for (const watcher of [client, other]) {
          await watcher.command('presence.subscribe', { targetUserIds: [target.userId] });
          await watcher.nextPresence(target.userId);
        }
        const { results } = await client.command('presence.unsubscribe', { targetUserIds: [target.userId] });
        assert.equal(results[0].outcome, 'unsubscribed');
        const again = await client.command('presence.unsubscribe', { targetUserId: target.userId });
        assert.equal(again.results[0].outcome, 'not_subscribed');

        const mark = client.inbox.mark();
        await target.command('online-status', { status: 'BUSY' });
        await other.nextPresence(target.userId, { status: 'BUSY' });
        await target.command('online-status', { status: 'ONLINE' });
        await other.nextPresence(target.userId, { status: 'ONLINE' });
        await client.command('presence.subscribe', { targetUserId: target.userId });
        await client.nextPresence(target.userId, { status: 'ONLINE' });
        assert.deepEqual(client.toldOf(target.userId, mark).filter((p) => p.status === 'BUSY'), []);
      });

      test('W4: a message reaches every device of each recipient and the other devices of the sender', async (t) => {
        const cast = new Cast(t, server);
        const [bob, carol, nobody] = users(3);
        const sender = await cast.connect(kind, user('sender'));
        const ownOther = await cast.json(sender.userId);
        const bobs = [await cast.json(bob), await cast.stomp(bob)];
        const carols = await cast.connect(kind, carol);
        const content = { text: 'tối nay 8 giờ?', list: [1, 2.5, null, true] };
        const reply = await sender.command('message.send', { to: [bob, carol, nobody], clientMessageId: 'm1', content });
        assert.ok(reply.messageId.length > 0);
        assert.equal(reply.clientMessageId, 'm1');
        const delivered = Object.fromEntries(reply.deliveredTo.map((d) => [d.userId, d.sessions]));
        assert.deepEqual(delivered, { [bob]: 2, [carol]: 1 });
        for (const device of [...bobs, carols, ownOther]) {
          const message = await device.next('message');
          assert.equal(message.messageId, reply.messageId);
          assert.equal(message.clientMessageId, 'm1');
          assert.equal(message.from, sender.userId);
          assert.deepEqual(message.to, [bob, carol, nobody]);
          assert.deepEqual(message.content, content);
          assert.match(message.sentAt, /^\d{4}-.*\.\d{3}Z$/);
        }

        // The device that sent it is not told: what comes to it next is the answer of somebody else.
        const back = await carols.command('message.send', { to: sender.userId, content: 'yes' });
        assert.equal((await sender.next('message')).messageId, back.messageId);
      });

      test('W4: the same clientMessageId twice is one message', async (t) => {
        const cast = new Cast(t, server);
        const sender = await cast.connect(kind, user('sender'));
        const receiver = await cast.json(user('receiver'));
        const message = { to: [receiver.userId], clientMessageId: 'once', content: 'first' };
        const first = await sender.command('message.send', message);
        const second = await sender.command('message.send', message);
        assert.equal(second.messageId, first.messageId);
        assert.deepEqual(second.deliveredTo, first.deliveredTo);
        await sender.command('message.send', { to: [receiver.userId], clientMessageId: 'marker', content: 'marker' });
        await receiver.next('message', { clientMessageId: 'marker' });
        const ids = receiver.inbox.entries.filter((e) => e.kind === 'message').map((e) => e.body.clientMessageId);
        assert.deepEqual(ids, ['once', 'marker']);
      });

      test('W4: too many recipients, too much content and no recipient are refused, and the connection stays', async (t) => {
        const cast = new Cast(t, server);
        const sender = await cast.connect(kind, user('sender'));
        const receiver = await cast.json(user('receiver'));
        const refused = [
          { to: users(51), content: 'x' },
          { to: receiver.userId, content: 'x'.repeat(17 * 1024) },
          { content: 'x' },
          { to: [], content: 'x' },
          { to: 7, content: 'x' },
          { to: receiver.userId },
        ];
        for (const body of refused) await assert.rejects(sender.command('message.send', body), refusedWith());
        const good = await sender.command('message.send', { to: receiver.userId, content: 'x'.repeat(15 * 1024) });
        assert.equal((await receiver.next('message')).messageId, good.messageId);
      });

      test('W5: typing is passed on with the time after which it no longer counts', async (t) => {
        const cast = new Cast(t, server);
        const [writer, reader] = [await cast.connect(kind, user('writer')), await cast.connect(kind, user('reader'))];
        await writer.command('typing', { to: reader.userId, typing: true });
        const typing = await reader.next('typing');
        assert.deepEqual([typing.from, typing.typing, typing.expiresInMs], [writer.userId, true, 5000]);
        await writer.command('typing', { to: reader.userId, typing: false });
        assert.equal((await reader.next('typing')).typing, false);
        await assert.rejects(writer.command('typing', { to: reader.userId, typing: 'maybe' }), refusedWith());
      });

      test('W6: online-status sets the own status for all to see', async (t) => {
        const cast = new Cast(t, server);
        const watcher = await cast.json(user('watcher'));
        const client = await cast.connect(kind, user('setter'));
        await watcher.command('presence.subscribe', { targetUserId: client.userId });
        await watcher.nextPresence(client.userId, { status: 'ONLINE' });
        for (const [status, message] of [['BUSY', 'writing'], ['AWAY', undefined], ['ONLINE', undefined]]) {
          await client.command('online-status', { status, message });
          const told = await watcher.nextPresence(client.userId, { status });
          assert.equal(told.message ?? undefined, message);
          assert.equal((await cast.rest(watcher.userId).presence(client.userId)).status, status);
        }
        watcher.assertVersionsNeverWentBack();
      });

      test('W6: online-status with userIds asks, and answers in the order asked', async (t) => {
        const cast = new Cast(t, server);
        const here = await cast.json(user('here'));
        const never = user('never');
        const client = await cast.connect(kind, user('asker'));
        const { presences } = await client.command('online-status', { userIds: [never, here.userId] });
        assert.deepEqual(presences.map((p) => [p.userId, p.online, p.status]), [
          [never, false, 'OFFLINE'],
          [here.userId, true, 'ONLINE'],
        ]);
      });

      test('W6: a status that cannot be set is refused, and the connection stays', async (t) => {
        const client = await new Cast(t, server).connect(kind, user());
        for (const body of [{ status: 'OFFLINE' }, { status: 'SLEEPY' }, { status: 7 }, { status: 'BUSY', message: 'x'.repeat(257) }, {}]) {
          await assert.rejects(client.command('online-status', body), refusedWith());
        }
        await client.command('online-status', { status: 'BUSY', message: 'x'.repeat(256) });
      });

      test('an unknown command is refused with a code, and the connection stays', async (t) => {
        const client = await new Cast(t, server).connect(kind, user());
        await assert.rejects(client.command('presence.explode', { a: 1 }), refusedWith(kind === 'json' ? 'unknown_type' : undefined));
        await client.command('heartbeat');
      });

      test('unknown fields are ignored', async (t) => {
        const client = await new Cast(t, server).connect(kind, user());
        await client.command('heartbeat', { device: { type: 'web', colour: 'green' }, mood: 'good' });
      });
    });
  }

  test('own devices hear of each other coming and going', async (t) => {
    const cast = new Cast(t, server);
    const id = user('multi');
    const first = { json: await cast.json(id), stompjs: await cast.stomp(id) };
    const second = await cast.json(id, { query: { deviceType: 'mobile' } });
    for (const device of Object.values(first)) {
      const started = await device.next('session', (s) => s.event === 'started' && s.session.sessionId === second.sessionId);
      assert.equal(started.session.device.type, 'mobile');
    }
    assert.equal((await second.leave()).code, 1000);
    for (const device of Object.values(first)) {
      const ended = await device.next('session', (s) => s.event === 'ended');
      assert.equal(ended.session.sessionId, second.sessionId);
      assert.equal(ended.reason, 'left');
    }
  });

  test('JSON that is no command is refused or ends the connection, and never hangs it', async (t) => {
    const cast = new Cast(t, server);
    for (const text of ['{', '[]', '7', 'null', '"heartbeat"', '{}', '{"type":7}', '{"type":null,"id":"x"}']) {
      const client = await cast.json(user());
      client.sendText(text);
      const refused = await Promise.race([
        client.next('reply:error').then(({ code }) => code),
        client.closed.then(({ code }) => code),
      ]);
      assert.ok(refused === 4000 || typeof refused === 'string', `${text} → ${refused}`);
      assert.equal((await cast.rest(client.userId).presence()).userId, client.userId);
    }
  });
});

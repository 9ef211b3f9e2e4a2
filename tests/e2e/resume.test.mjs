// Resume: a dropped socket that comes back is the same session, and hears what it missed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Cast } from '../lib/cast.mjs';
import { alsoEvicting } from '../lib/evictions.mjs';
import { useServer } from '../lib/server.mjs';
import { user } from '../lib/users.mjs';

alsoEvicting(useServer({ SESSION_TTL: '10', OFFLINE_GRACE: '8' }), (server) => {
  async function watch(watcher, target) {
    await watcher.command('presence.subscribe', { targetUserId: target });
    return watcher.nextPresence(target);
  }

  for (const kind of ['json', 'stompjs']) {
    test(`a dropped ${kind} socket takes up the same session, and nobody sees anything`, async (t) => {
      const cast = new Cast(t, server);
      const watcher = await cast.json(user('watcher'));
      const client = await cast.connect(kind, user('tunnel'));
      await watch(watcher, client.userId);
      const other = await cast.json(client.userId);
      const mark = watcher.inbox.mark();
      const ownMark = other.inbox.mark();
      await client.terminate();
      const back = await cast.resume(client);
      assert.equal(back.sessionId, client.sessionId);
      if (kind === 'json') {
        assert.equal(back.welcome.resumed, true);
        assert.equal(back.welcome.resumeToken, client.welcome.resumeToken, 'the token stays for the life of the session');
      } else {
        assert.equal(back.resumeToken, client.resumeToken);
      }
      await back.command('online-status', { status: 'BUSY' });
      await watcher.nothingButMarker(client.userId, mark, { status: 'BUSY' });
      // Own devices hear no session begin or end: a message, which comes on the same socket, is the marker.
      await back.command('message.send', { to: watcher.userId, content: 'marker' });
      await other.next('message');
      assert.deepEqual(other.inbox.since(ownMark, (e) => e.kind === 'session'), []);
    });

    test(`a resumed ${kind} socket hears the newest state of whom changed meanwhile`, async (t) => {
      const cast = new Cast(t, server);
      const friend = await cast.json(user('friend'));
      const client = await cast.connect(kind, user('tunnel'));
      await watch(client, friend.userId);
      await client.terminate();
      await friend.command('online-status', { status: 'BUSY' });
      await friend.command('online-status', { status: 'AWAY', message: 'back at five' });
      const back = await cast.resume(client);
      const told = await back.nextPresence(friend.userId, { status: 'AWAY' });
      assert.equal(told.message, 'back at five');
      back.assertVersionsNeverWentBack();
    });
  }

  test('a wrong resume token starts a new session, without an error', async (t) => {
    const cast = new Cast(t, server);
    const client = await cast.json(user('forgetful'));
    await client.terminate();
    for (const resume of ['wrong', `${client.welcome.resumeToken}x`, '', 'a'.repeat(2000)]) {
      const back = await cast.json(client.userId, { resume });
      assert.equal(back.welcome.resumed, false, resume);
      assert.notEqual(back.sessionId, client.sessionId);
    }
  });

  test('the resume token of somebody else starts a new session of one’s own', async (t) => {
    const cast = new Cast(t, server);
    const victim = await cast.json(user('victim'));
    const thief = await cast.json(user('thief'), { resume: victim.welcome.resumeToken });
    assert.equal(thief.welcome.resumed, false);
    assert.equal(thief.welcome.userId, thief.userId);
    assert.notEqual(thief.sessionId, victim.sessionId);
    // The victim's session goes on undisturbed.
    await victim.command('heartbeat');
  });

  test('a resume while the old socket is still there closes the old one with 4002', async (t) => {
    const cast = new Cast(t, server);
    const old = await cast.json(user('twice'));
    const back = await cast.resume(old);
    assert.equal(back.welcome.resumed, true);
    assert.equal((await old.whenClosed()).code, 4002);
    // The close of the old socket must not end the session under the new one (its number is newer).
    await back.command('heartbeat');
    const sessions = await cast.rest(old.userId).sessions();
    assert.deepEqual(sessions.map((s) => [s.sessionId, s.connected]), [[old.sessionId, true]]);
  });

  test('a half-open socket is replaced by the resume of its client', async (t) => {
    const cast = new Cast(t, server);
    const watcher = await cast.json(user('watcher'));
    const client = await cast.json(user('train'));
    await watch(watcher, client.userId);
    const mark = watcher.inbox.mark();
    client.goHalfOpen();
    const back = await cast.resume(client);
    assert.equal(back.sessionId, client.sessionId);
    client.readAgain();
    assert.equal((await client.whenClosed()).code, 4002);
    await back.command('online-status', { status: 'BUSY' });
    await watcher.nothingButMarker(client.userId, mark, { status: 'BUSY' });
  });

  test('a detached session shows in the list as not connected, until its grace is over', async (t) => {
    const cast = new Cast(t, server);
    const client = await cast.json(user('gap'));
    const closedAt = Date.now();
    await client.close();
    const [session] = await cast.rest(client.userId).sessions();
    assert.deepEqual([session.sessionId, session.connected], [client.sessionId, false]);
    const left = Date.parse(session.expiresAt) - closedAt;
    assert.ok(Math.abs(left - server.graceMs) < 1500, `expires ${left} ms after the close, grace ${server.graceMs}`);
    assert.equal((await cast.rest(client.userId).presence()).online, true);
  });

  test('a session that left cannot be resumed', async (t) => {
    const cast = new Cast(t, server);
    const client = await cast.json(user('gone'));
    await client.leave();
    const back = await cast.resume(client);
    assert.equal(back.welcome.resumed, false);
  });

  test('one session may be resumed many times', async (t) => {
    const cast = new Cast(t, server);
    let client = await cast.json(user('elevator'));
    const { sessionId } = client;
    for (let round = 0; round < 5; round += 1) {
      await client.terminate();
      client = await cast.resume(client);
      assert.equal(client.sessionId, sessionId);
    }
    assert.equal((await cast.rest(client.userId).sessions()).length, 1);
  });
});

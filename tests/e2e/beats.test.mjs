// F2: beats alone keep a session, and cost nothing: the object is not woken by them.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Cast } from '../lib/cast.mjs';
import { useServer } from '../lib/server.mjs';
import { pause, until } from '../lib/until.mjs';
import { user } from '../lib/users.mjs';

const server = useServer({ SESSION_TTL: '4', OFFLINE_GRACE: '1' });
const TTLS = 10;

/** What the object counted since it woke last (development only). */
const stats = (cast, userId) => cast.rest(userId).get(`/dev/hub/${encodeURIComponent(userId)}/stats`);

describe('ten TTLs on beats alone', { concurrency: true }, () => {
  test('keep a JSON session, every beat is answered, and none reaches the object', { timeout: 150_000 }, async (t) => {
    const cast = new Cast(t, server);
    const began = Date.now();
    const client = await cast.json(user('drummer'));
    const [{ connectedAt }] = await cast.rest(client.userId).sessions();
    // The passing of time is what is tested here: nothing else may be sent meanwhile.
    await pause(TTLS * server.ttlMs);
    assert.ok(client.beats.sent >= 4 * (TTLS - 2), `${client.beats.sent} beats went out`);
    await until('all beats to be answered', () => client.beats.answered >= client.beats.sent - 1);
    const counted = await stats(cast, client.userId);
    assert.equal(counted.frames, 0, 'a beat is no frame to the object');
    // The first comes after a TTL, and each moves the next one to the TTL after the last beat, which was a quarter of it
    // ago at most; a beat that this process was too slow to send makes it half.
    const elapsed = Date.now() - began;
    const missed = Math.max(0, Math.floor(elapsed / (server.ttlMs / 4)) - 1 - client.beats.sent);
    const most = Math.floor((elapsed - server.ttlMs) / (0.75 * server.ttlMs)) + 1 + missed;
    assert.ok(counted.alarms <= most, `${counted.alarms} alarms in ${TTLS} TTLs`);
    const asked = Date.now();
    const [session] = await cast.rest(client.userId).sessions();
    assert.deepEqual([session.sessionId, session.connectedAt], [client.sessionId, connectedAt]);
    assert.ok(asked - Date.parse(session.lastSeenAt) < server.ttlMs, 'the beats show as life');
    t.diagnostic(`${client.beats.sent} beats, the object counted ${JSON.stringify(counted)}`);
  });

  test('keep a STOMP session whose client beats as it was told', { timeout: 150_000 }, async (t) => {
    const cast = new Cast(t, server);
    const id = user('stomper');
    const client = await cast.stomp(id, { queues: [] });
    const first = await stats(cast, id);
    await pause(TTLS * server.ttlMs);
    const [session] = await cast.rest(id).sessions();
    assert.equal(session.sessionId, client.sessionId);
    const counted = await stats(cast, id);
    // The counters begin anew when the object wakes: then no frame at all has come since.
    assert.ok(counted.frames <= first.frames, `frames ${first.frames} then ${counted.frames}`);
  });

  test('a watcher hears nothing of it, and REST says online all the time', { timeout: 150_000 }, async (t) => {
    const cast = new Cast(t, server);
    const [client, watcher] = [await cast.json(user('steady')), await cast.json(user('watcher'))];
    await watcher.command('presence.subscribe', { targetUserId: client.userId });
    await watcher.nextPresence(client.userId, { online: true });
    const mark = watcher.inbox.mark();
    const end = Date.now() + TTLS * server.ttlMs;
    const seen = new Set();
    await until('ten TTLs', async () => {
      seen.add((await cast.rest(watcher.userId).presence(client.userId)).online);
      return Date.now() >= end;
    }, { every: 700, timeout: (TTLS + 10) * server.ttlMs });
    assert.deepEqual([...seen], [true]);
    await client.command('online-status', { status: 'BUSY' });
    await watcher.nothingButMarker(client.userId, mark, { status: 'BUSY' });
  });
});

test('the counters of a hub are for its own user', async (t) => {
  const cast = new Cast(t, server);
  const id = user('private');
  await cast.rest(user('nosy')).refused('GET', `/dev/hub/${id}/stats`, 403);
});

// S9: a subscription lives while its subscriber has a session, and SUBSCRIPTION_TTL beyond.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Cast } from '../lib/cast.mjs';
import { useServer } from '../lib/server.mjs';
import { pause, until } from '../lib/until.mjs';
import { user } from '../lib/users.mjs';

const LEASE_MS = 4000;
const server = useServer({ SESSION_TTL: '30', OFFLINE_GRACE: '1', SUBSCRIPTION_TTL: String(LEASE_MS / 1000) });
const PATIENCE = LEASE_MS + 20_000;

/** When the subscriber's own side no longer had the edge. */
async function endOf(cast, subscriber, target) {
  await until('the lease to end', async () => !(await cast.rest(subscriber).subscribedTo(target)).subscribed, { timeout: PATIENCE });
  return Date.now();
}

describe('a lease', { concurrency: true }, () => {
  test('made over REST without a session runs from the moment it was made, and ends at both ends', async (t) => {
    const cast = new Cast(t, server);
    const [me, target] = [user('me'), user('target')];
    const made = Date.now();
    const [{ expiresAt }] = await cast.rest(me).subscribe(target);
    const begins = Date.parse(expiresAt) - LEASE_MS;
    assert.ok(begins >= made - 50 && begins <= Date.now() + 50, `it begins ${begins - made} ms after it was asked for`);
    const ended = await endOf(cast, me, target);
    assert.ok(ended >= Date.parse(expiresAt) - 50, `ended ${Date.parse(expiresAt) - ended} ms early`);
    assert.equal((await cast.rest(me).subscriptions()).count, 0);
    await until('the target to know it', async () => (await cast.rest(target).subscribers()).count === 0);
  });

  test('starts afresh when it is subscribed again', async (t) => {
    const cast = new Cast(t, server);
    const [me, target] = [user('me'), user('target')];
    await cast.rest(me).subscribe(target);
    const end = Date.now() + 2 * LEASE_MS;
    const outcomes = new Set();
    let last;
    await until('two TTLs of renewals', async () => {
      last = Date.now();
      const [result] = await cast.rest(me).subscribe(target);
      outcomes.add(result.outcome);
      return last >= end;
    }, { every: LEASE_MS / 4, timeout: PATIENCE });
    assert.deepEqual([...outcomes], ['refreshed']);
    const ended = await endOf(cast, me, target);
    assert.ok(ended - last >= LEASE_MS - 50, `ended ${ended - last} ms after the last renewal`);
  });

  test('lives as long as its subscriber has a session, without any call', async (t) => {
    const cast = new Cast(t, server);
    const [me, target] = [await cast.json(user('me')), await cast.json(user('target'))];
    await me.command('presence.subscribe', { targetUserId: target.userId });
    await me.nextPresence(target.userId, { status: 'ONLINE' });
    // The passing of time is what is tested here.
    await pause(2.5 * LEASE_MS);
    const { subscribed, expiresAt } = await cast.rest(me.userId).subscribedTo(target.userId);
    assert.equal(subscribed, true);
    const left = Date.parse(expiresAt) - Date.now();
    assert.ok(left > 0 && left < LEASE_MS + 2000, `expiresAt is ${left} ms away: it counts from now while the subscriber is here`);
    await target.command('online-status', { status: 'BUSY' });
    await me.nextPresence(target.userId, { status: 'BUSY' });
  });

  test('ends one TTL after the last session of its subscriber, not before', async (t) => {
    const cast = new Cast(t, server);
    const me = await cast.json(user('me'));
    const target = user('target');
    await me.command('presence.subscribe', { targetUserId: target });
    await pause(1.5 * LEASE_MS);
    const left = Date.now();
    await me.leave();
    const ended = await endOf(cast, me.userId, target);
    assert.ok(ended - left >= LEASE_MS - 50, `ended ${ended - left} ms after the session`);
    t.diagnostic(`ended ${ended - left} ms after the last session, TTL ${LEASE_MS} ms`);
  });

  test('goes on when its subscriber comes back in time', async (t) => {
    const cast = new Cast(t, server);
    const target = await cast.json(user('target'));
    let me = await cast.json(user('me'));
    await me.command('presence.subscribe', { targetUserId: target.userId });
    await me.leave();
    // Soon, so that there is time to come back; its old end passes below.
    await pause(LEASE_MS / 8);
    me = await cast.json(me.userId);
    await me.nextPresence(target.userId, { status: 'ONLINE' });
    await pause(1.5 * LEASE_MS);
    await target.command('online-status', { status: 'BUSY' });
    await me.nextPresence(target.userId, { status: 'BUSY' });
  });

  test('that ended tells its subscriber nothing more', async (t) => {
    const cast = new Cast(t, server);
    const [target, other] = [await cast.json(user('target')), await cast.json(user('other'))];
    const me = user('me');
    await cast.rest(me).subscribe(target.userId);
    await endOf(cast, me, target.userId);
    const client = await cast.json(me);
    await other.command('presence.subscribe', { targetUserId: target.userId });
    await target.command('online-status', { status: 'BUSY' });
    await other.nextPresence(target.userId, { status: 'BUSY' });
    await client.command('presence.subscribe', { targetUserId: other.userId });
    await client.nextPresence(other.userId);
    assert.deepEqual(client.toldOf(target.userId), []);
  });
});

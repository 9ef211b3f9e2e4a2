// Presence over REST: one user, many users, and setting one's own status.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Cast } from '../lib/cast.mjs';
import { useServer } from '../lib/server.mjs';
import { user, users } from '../lib/users.mjs';

const server = useServer();
const QUERY = '/api/presence/query';
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

test('a user who was never seen is OFFLINE at version 0, however often one looks', async (t) => {
  const me = new Cast(t, server).rest(user('me'));
  const never = user('never');
  for (let look = 0; look < 3; look += 1) {
    const presence = await me.presence(never);
    assert.deepEqual([presence.userId, presence.online, presence.status, presence.version], [never, false, 'OFFLINE', 0]);
    assert.deepEqual(presence.devices, []);
    assert.match(presence.asOf, TIME);
  }
});

test('a user who is here has a status, devices and a version', async (t) => {
  const cast = new Cast(t, server);
  const here = await cast.json(user('here'), { query: { deviceType: 'tablet' } });
  const presence = await cast.rest(user('me')).presence(here.userId);
  assert.deepEqual([presence.userId, presence.online, presence.status], [here.userId, true, 'ONLINE']);
  assert.deepEqual(presence.devices, [{ type: 'tablet', status: 'ONLINE' }]);
  assert.ok(presence.version >= 1);
  assert.match(presence.lastActiveAt, TIME);
});

test('ids of every permitted kind work in a path, and come back as they are', async (t) => {
  const me = new Cast(t, server).rest(user('me'));
  for (const id of [user('auth0|5f7c'), user('a.b_c~d@e|f+g-h'), `${'x'.repeat(100)}${user('')}`, '...']) {
    assert.equal((await me.presence(id)).userId, id);
  }
});

test('somebody whose id is a word of another path is reached with one letter escaped', async (t) => {
  const me = new Cast(t, server).rest(user('me'));
  assert.equal((await me.get('/api/presence/%71uery')).userId, 'query');
  await me.refused('GET', QUERY, 405, 'method_not_allowed');
});

test('many users are asked at once, in the order asked, the unknown ones included', async (t) => {
  const cast = new Cast(t, server);
  const [one, two] = [await cast.json(user('one')), await cast.json(user('two'))];
  const never = user('never');
  await two.command('online-status', { status: 'BUSY' });
  const answer = await cast.rest(user('me')).post(QUERY, { userIds: [two.userId, never, one.userId] });
  assert.deepEqual(answer.presences.map((p) => [p.userId, p.status]), [
    [two.userId, 'BUSY'],
    [never, 'OFFLINE'],
    [one.userId, 'ONLINE'],
  ]);
  assert.equal(answer.source, 'hub');
  assert.match(answer.asOf, TIME);
});

test('a thousand users are asked at once, 1001 are 422', { timeout: 120_000 }, async (t) => {
  const me = new Cast(t, server).rest(user('me'));
  const ids = users(1000, 'u');
  const { presences } = await me.post(QUERY, { userIds: ids, consistency: 'strong' });
  assert.deepEqual(presences.map((p) => p.userId), ids);
  await me.refused('POST', QUERY, 422, undefined, { body: { userIds: [...ids, user()] } });
});

test('a status that the user sets is the user’s: over sessions, until set again', async (t) => {
  const cast = new Cast(t, server);
  const id = user('setter');
  const me = cast.rest(id);
  const first = await cast.json(id);
  const set = await me.setStatus('BUSY', { message: 'writing' });
  assert.deepEqual([set.userId, set.status, set.message, set.online], [id, 'BUSY', 'writing', true]);
  await first.leave();
  const other = cast.rest(user('other'));
  const gone = await other.presence(id);
  assert.deepEqual([gone.status, gone.message ?? undefined], ['OFFLINE', undefined], 'without a session it does not show');
  await cast.json(id);
  const back = await other.presence(id);
  assert.deepEqual([back.status, back.message], ['BUSY', 'writing']);
  await me.setStatus('ONLINE');
  assert.equal((await me.presence()).status, 'ONLINE');
});

test('a status may be set while away, and shows when the user comes', async (t) => {
  const cast = new Cast(t, server);
  const id = user('early');
  const set = await cast.rest(id).setStatus('AWAY');
  assert.equal(set.online, false);
  await cast.json(id);
  assert.equal((await cast.rest(user('other')).presence(id)).status, 'AWAY');
});

test('a status of one device belongs to that session: AWAY only when every session is', async (t) => {
  const cast = new Cast(t, server);
  const id = user('two');
  const me = cast.rest(id);
  const [laptop, phone] = [
    await cast.json(id, { query: { deviceType: 'desktop' } }),
    await cast.json(id, { query: { deviceType: 'mobile' } }),
  ];
  const one = await me.setStatus('AWAY', { scope: 'device', sessionId: laptop.sessionId });
  assert.equal(one.status, 'ONLINE');
  assert.deepEqual(Object.fromEntries(one.devices.map((d) => [d.type, d.status])), { desktop: 'AWAY', mobile: 'ONLINE' });
  const both = await me.setStatus('AWAY', { scope: 'device', sessionId: phone.sessionId });
  assert.equal(both.status, 'AWAY');
  await me.setStatus('ONLINE', { scope: 'device', sessionId: laptop.sessionId });
  assert.equal((await me.presence()).status, 'ONLINE');
  await laptop.leave();
  assert.equal((await me.presence()).status, 'AWAY', 'what the laptop said went with it');
});

test('a device sets its own status over its own socket', async (t) => {
  const cast = new Cast(t, server);
  const id = user('solo');
  for (const kind of ['json', 'stompjs']) {
    const client = await cast.connect(kind, id);
    await client.command('online-status', { status: 'AWAY', scope: 'device' });
    assert.equal((await cast.rest(id).presence()).status, 'AWAY');
    await client.leave();
  }
});

test('a device status needs a session of one’s own, and only ONLINE and AWAY will do', async (t) => {
  const cast = new Cast(t, server);
  const [mine, theirs] = [await cast.json(user('me')), await cast.json(user('other'))];
  const path = `/api/presence/${mine.userId}/status`;
  const refused = async (body) => {
    const answer = await cast.rest(mine.userId).send('PUT', path, { body });
    assert.ok([403, 404, 422].includes(answer.status), `${JSON.stringify(body)}: ${answer.status} ${answer.text}`);
  };
  await refused({ status: 'BUSY', scope: 'device', sessionId: mine.sessionId });
  await refused({ status: 'INVISIBLE', scope: 'device', sessionId: mine.sessionId });
  await refused({ status: 'AWAY', scope: 'device' });
  await refused({ status: 'AWAY', scope: 'device', sessionId: theirs.sessionId });
  await refused({ status: 'AWAY', scope: 'household' });
  assert.equal((await cast.rest(mine.userId).presence(theirs.userId)).status, 'ONLINE');
});

test('OFFLINE cannot be set, nor anything that is no status, nor a message over 256 characters', async (t) => {
  const cast = new Cast(t, server);
  const me = cast.rest((await cast.json(user('me'))).userId);
  const path = `/api/presence/${me.userId}/status`;
  for (const body of [{ status: 'OFFLINE' }, { status: 'online' }, { status: '' }, { status: 3 }, {}, { status: 'BUSY', message: 7 }]) {
    await me.refused('PUT', path, 422, undefined, { body });
  }
  await me.refused('PUT', path, 422, undefined, { body: { status: 'BUSY', message: 'é'.repeat(257) } });
  const set = await me.setStatus('BUSY', { message: 'é'.repeat(256) });
  assert.equal(set.message, 'é'.repeat(256));
});

test('the status of somebody else can be read by all and set by admin and service only', async (t) => {
  const cast = new Cast(t, server);
  const other = await cast.json(user('other'));
  const path = `/api/presence/${other.userId}/status`;
  await cast.rest(user('me')).refused('PUT', path, 403, undefined, { body: { status: 'BUSY' } });
  assert.equal((await cast.rest(user('me')).presence(other.userId)).status, 'ONLINE');
  for (const scope of ['admin', 'service']) {
    const set = await cast.rest(user('boss'), { scope }).put(path, { status: scope === 'admin' ? 'BUSY' : 'AWAY' });
    assert.equal(set.userId, other.userId);
  }
  assert.equal((await cast.rest(user('me')).presence(other.userId)).status, 'AWAY');
});

test('each change that others may see adds one to the version, and setting the same again adds none', async (t) => {
  const cast = new Cast(t, server);
  const client = await cast.json(user('counter'));
  const other = cast.rest(user('other'));
  const version = async () => (await other.presence(client.userId)).version;
  const start = await version();
  await client.command('online-status', { status: 'BUSY' });
  assert.equal(await version(), start + 1);
  await client.command('online-status', { status: 'BUSY' });
  assert.equal(await version(), start + 1);
  await client.command('online-status', { status: 'BUSY', message: 'new' });
  assert.equal(await version(), start + 2);
  await client.command('heartbeat');
  assert.equal(await version(), start + 2);
});

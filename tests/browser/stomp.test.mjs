// An unmodified @stomp/stompjs in a real browser does all that the STOMP table offers.
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import { user } from '../lib/users.mjs';
import { NO_BROWSER, openPage, useBrowser, useSite } from './support.mjs';

const site = useSite({ SESSION_TTL: '60', OFFLINE_GRACE: '10' });
const holder = useBrowser();
const options = { skip: NO_BROWSER, timeout: 120_000 };
const file = (path) => fileURLToPath(new URL(path, import.meta.url));
const QUEUES = ['presence', 'messages', 'typing', 'sessions', 'replies', 'errors'].map((name) => `/user/queue/${name}`);

async function tokenFor(userId) {
  const response = await fetch(`${site.url}/dev/token`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ userId }) });
  return (await response.json()).token;
}

/** A page of the server's origin with two users of the library in it, `window.ann` and `window.bob`. */
async function meet(t, ids) {
  // The content policy of the page would keep the test's own scripts out.
  const page = await openPage(t, holder, { bypassCSP: true });
  await page.goto(`${site.url}/docs`);
  await page.addScriptTag({ path: file('../../node_modules/@stomp/stompjs/bundles/stomp.umd.min.js') });
  await page.addScriptTag({ path: file('./stomp-page.js') });
  const tokens = await Promise.all(ids.map(tokenFor));
  await page.evaluate(async ([first, second, queues]) => {
    window.ann = await window.stompUser(first, queues);
    window.bob = await window.stompUser(second, queues);
  }, [...tokens, QUEUES]);
  return page;
}

test('stompjs in Chromium negotiates STOMP 1.2 and is told its session', options, async (t) => {
  const page = await meet(t, [user('ann'), user('bob')]);
  const { version, headers } = await page.evaluate(() => ({ version: window.ann.version, headers: window.ann.headers }));
  assert.equal(version, '1.2');
  assert.ok(headers.session, 'CONNECTED carries the session');
  assert.ok(headers['resume-token'], 'and the resume token');
});

test('stompjs in Chromium runs all six commands of the STOMP table', options, async (t) => {
  const ids = [user('ann'), user('bob')];
  const page = await meet(t, ids);
  const run = (body) => page.evaluate(body, ids);

  await run(() => window.ann.command('heartbeat', { device: { type: 'mobile', name: 'Pixel' } }));

  await run(([, bob]) => window.ann.command('presence.subscribe', { targetUserId: bob }));
  const now = await run(([, bob]) => window.ann.next('/user/queue/presence', { userId: bob }));
  assert.equal(now.status, 'ONLINE', 'the current presence follows at once');

  await run(() => window.bob.command('online-status', { status: 'BUSY', message: 'lunch' }));
  const busy = await run(([, bob]) => window.ann.next('/user/queue/presence', { userId: bob, status: 'BUSY' }));
  assert.equal(busy.message, 'lunch');
  assert.ok(busy.version > now.version);

  await run(([ann]) => window.bob.command('typing', { to: ann, typing: true }));
  const typing = await run(([, bob]) => window.ann.next('/user/queue/typing', { from: bob }));
  assert.deepEqual([typing.typing, typing.expiresInMs], [true, 5000]);

  const sent = await run(([ann]) => window.bob.command('message.send', { to: [ann], clientMessageId: 'one', content: { text: 'hi' } }));
  assert.deepEqual([sent.clientMessageId, sent.deliveredTo], ['one', [{ userId: ids[0], sessions: 1 }]]);
  const message = await run(([, bob]) => window.ann.next('/user/queue/messages', { from: bob }));
  assert.deepEqual([message.messageId, message.content], [sent.messageId, { text: 'hi' }]);

  await run(([, bob]) => window.ann.command('presence.unsubscribe', { targetUserIds: [bob] }));
  const { results } = await run(([, bob]) => window.ann.command('presence.unsubscribe', { targetUserIds: [bob] }));
  assert.equal(results[0].outcome, 'not_subscribed');
});

test('stompjs in Chromium leaves with a DISCONNECT, and the others know at once', options, async (t) => {
  const ids = [user('ann'), user('bob')];
  const page = await meet(t, ids);
  await page.evaluate(([, bob]) => window.ann.command('presence.subscribe', { targetUserId: bob }), ids);
  assert.equal(await page.evaluate(() => window.bob.leave()), 1000);
  const gone = await page.evaluate(([, bob]) => window.ann.next('/user/queue/presence', { userId: bob, status: 'OFFLINE' }), ids);
  assert.equal(gone.online, false);
});

test('a refused command reaches the errors queue and the connection stays', options, async (t) => {
  const ids = [user('ann'), user('bob')];
  const page = await meet(t, ids);
  const refused = page.evaluate(() => window.ann.command('online-status', { status: 'OFFLINE' }));
  await assert.rejects(refused, /was refused/);
  await page.evaluate(() => window.ann.command('online-status', { status: 'AWAY' }));
});

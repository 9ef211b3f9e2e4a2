// "What Redis says" in the demo page, and the route behind it: against the embedded Redis, and with none.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, test } from 'node:test';
import { faults, resolve, strangers } from '../checks/openapi-schema.mjs';
import { Cast } from '../lib/cast.mjs';
import { assertProblem, request } from '../lib/rest.mjs';
import { useServer } from '../lib/server.mjs';
import { tokenFor } from '../lib/token.mjs';
import { until } from '../lib/until.mjs';
import { user } from '../lib/users.mjs';
import { NO_BROWSER, openDemo, useBrowser, useSite } from './support.mjs';

const ON = { SESSION_TTL: '60', OFFLINE_GRACE: '10', REDIS_REFRESH: 'exact', UPSTASH_REDIS_REST_TOKEN: 'of-the-tests' };
const site = useSite(ON);
const holder = useBrowser();
const options = { skip: NO_BROWSER, timeout: 120_000 };
const SHOTS = fileURLToPath(new URL('../../logs/browser/', import.meta.url));
/** A browser logs each answer that is none of 2xx. */
const AWAY = { expected: /status of 503/ };

/** The panel as a person reads it. */
class Panel {
  constructor(page) {
    this.page = page;
    this.toggle = page.getByRole('button', { name: 'What Redis says' });
    this.root = page.getByRole('region', { name: 'What Redis says' });
    this.notice = this.root.getByRole('status');
  }

  async open() {
    await this.toggle.click();
    await this.root.waitFor();
    return this;
  }

  /** The row of a key, or the rows of all that begin so. */
  key(name) {
    return this.root.locator(`[data-key="${name}"]`);
  }

  keys(prefix) {
    return this.root.locator(`[data-key^="${prefix}"]`);
  }

  value(name) {
    return this.key(name).locator('.redis-value');
  }

  /** Waits until there are so many keys that begin so. */
  async counts(prefix, wanted) {
    await until(`${wanted} keys of ${prefix}`, async () => (await this.keys(prefix).count()) === wanted);
  }

  /** Seconds that a key has to live, as it reads now. */
  async seconds(name) {
    return Number.parseInt(await this.key(name).locator('.redis-ttl').textContent(), 10);
  }
}

async function openPanel(t, userIds, more) {
  const demo = await openDemo(t, holder, site, userIds, more);
  return { ...demo, panel: await new Panel(demo.page).open() };
}

/** Counts what a page asks of the route. */
function countReads(page) {
  const counted = { reads: 0 };
  page.on('request', (one) => {
    if (new URL(one.url()).pathname.startsWith('/dev/redis/')) counted.reads += 1;
  });
  return counted;
}

describe('the panel', () => {
  test('it shows the session of whoever is chosen, as JSON, with its type and a time to live', options, async (t) => {
    const [ann, bob] = [user('ann'), user('bob')];
    const { panel, page, cards: [first] } = await openPanel(t, [ann, bob]);
    await first.devices('live').waitFor();
    const session = await first.devices().getAttribute('data-session');
    const told = JSON.parse(await panel.value(`ws:session:${session}`).textContent());
    assert.deepEqual([told.sessionId, told.userId, told.device.type], [session, ann, 'web']);
    assert.equal(await panel.key(`ws:session:${session}`).locator('.redis-type').textContent(), 'string');
    const seconds = await panel.seconds(`ws:session:${session}`);
    assert.ok(seconds > 0 && seconds <= 90, `${seconds} s`);
    await panel.value(`presence:subscription:${ann}`).getByText(bob).waitFor();
    await panel.value('presence:online').getByText(`has ${ann}`).waitFor();
    assert.equal(await panel.key('presence:online').locator('.redis-ttl').textContent(), 'none');
    await page.getByLabel('About').selectOption(bob);
    await panel.value(`presence:subscription:${bob}`).getByText(ann).waitFor();
    assert.equal(await panel.key(`presence:subscription:${ann}`).count(), 0);
  });

  test('a second device makes two sessions, and what is new is marked for a moment', options, async (t) => {
    const ann = user('ann');
    const { panel, cards: [card] } = await openPanel(t, [ann]);
    await panel.counts('ws:session:', 1);
    await card.root.getByLabel(`Kind of device to add for ${ann}`).selectOption('tablet');
    await card.root.getByRole('button', { name: 'Add device' }).click();
    await panel.root.locator('tr.changed[data-key^="ws:session:"]').waitFor();
    await panel.counts('ws:session:', 2);
    await panel.counts(`presence:user:${ann}:online:`, 2);
    await panel.value(`ws:connections:${ann}`).getByText('2', { exact: true }).waitFor();
    await panel.root.locator('tr.changed').first().waitFor({ state: 'detached' });
  });

  test('INVISIBLE takes the presence keys away and leaves the session', options, async (t) => {
    const ann = user('ann');
    const { panel, cards: [card] } = await openPanel(t, [ann]);
    await panel.key('presence:online').waitFor();
    await card.setStatus('Invisible');
    await panel.key('presence:online').waitFor({ state: 'detached' });
    await panel.counts(`presence:user:${ann}:online:`, 0);
    assert.equal(await panel.keys('ws:session:').count(), 1);
    await card.setStatus('Online');
    await panel.key('presence:online').waitFor();
    await panel.counts(`presence:user:${ann}:online:`, 1);
  });

  test('leaving empties it, but for when the user was last here', options, async (t) => {
    const ann = user('ann');
    const { panel, cards: [card] } = await openPanel(t, [ann]);
    await panel.counts('ws:session:', 1);
    await card.press('Leave');
    await panel.counts('ws:', 0);
    const left = `presence:user:${ann}:last_active`;
    await until('one key is left', async () => (await panel.keys('presence:').count()) === 1 && (await panel.key(left).count()) === 1);
  });

  /** The panel, with these keys in place of what Redis says. They may be changed later. */
  async function openWith(t, userId, keys) {
    const { page } = await openDemo(t, holder, site, [userId]);
    const answer = () => ({ userId, source: 'rest', asOf: new Date().toISOString(), keys });
    await page.route('**/dev/redis/**', (route) => route.fulfill({ json: answer() }));
    return new Panel(page).open();
  }

  test('what stands there from the first is no news, and a longer time to live marks only that', options, async (t) => {
    const name = 'ws:connections:someone';
    const keys = [{ key: name, type: 'string', ttl: 60, value: '1' }, { key: 'presence:online', type: 'set', ttl: null, value: true }];
    const panel = await openWith(t, user('ann'), keys);
    await panel.key(name).waitFor();
    assert.equal(await panel.root.locator('.changed').count(), 0);
    keys[0].ttl = 90;
    await panel.key(name).locator('.redis-ttl.changed').waitFor();
    assert.equal(await panel.root.locator('.changed').count(), 1);
    keys[0].value = '2';
    await panel.root.locator(`tr.changed[data-key="${name}"]`).waitFor();
    assert.equal(await panel.root.locator('tr.changed').count(), 1);
  });

  test('of a large set it shows the first members and says how many more there are', options, async (t) => {
    const members = Array.from({ length: 60 }, (_, at) => `watcher-${at + 10}`);
    const key = 'presence:subscribers:someone';
    const panel = await openWith(t, user('ann'), [{ key, type: 'set', ttl: 86_000, value: members }]);
    assert.deepEqual((await panel.value(key).locator('pre').textContent()).split('\n'), [...members.slice(0, 50), '… and 10 more']);
    assert.equal(await panel.key(key).locator('.redis-ttl').textContent(), '23 h 53 min');
  });

  test('of somebody whom Redis does not know it says so', options, async (t) => {
    const ann = user('ann');
    const panel = await openWith(t, ann, []);
    await panel.root.getByText(`Redis has no key that speaks of ${ann}`).waitFor();
    await panel.root.getByText('Redis over REST').waitFor();
  });

  test('who leaves the page leaves the choice', options, async (t) => {
    const [ann, bob] = [user('ann'), user('bob')];
    const { page, panel } = await openPanel(t, [ann, bob]);
    await panel.key(`ws:user:sessions:${ann}`).waitFor();
    await page.getByRole('button', { name: `Remove ${ann} from this page` }).click();
    await panel.key(`ws:user:sessions:${bob}`).waitFor();
    assert.deepEqual(await page.getByLabel('About').locator('option').allTextContents(), [bob]);
    await page.getByRole('button', { name: `Remove ${bob} from this page` }).click();
    await panel.root.getByText('There is nobody in this page').waitFor();
  });

  test('it reads while it is open, and only then', options, async (t) => {
    const [ann, bob] = [user('ann'), user('bob')];
    const { page, cards: [first, second] } = await openDemo(t, holder, site, [ann, bob]);
    const counted = countReads(page);
    await first.setStatus('Busy');
    await second.sees(ann, 'BUSY');
    assert.equal(counted.reads, 0);
    const panel = await new Panel(page).open();
    await panel.key('presence:online').waitFor();
    const before = counted.reads;
    await until('it reads again though nothing changed', () => counted.reads > before + 1);
    await panel.toggle.click();
    await panel.root.waitFor({ state: 'hidden' });
    const last = counted.reads;
    for (const [label, status] of [['Away', 'AWAY'], ['Online', 'ONLINE'], ['Busy', 'BUSY']]) {
      await first.setStatus(label);
      await second.sees(ann, status);
    }
    assert.ok(counted.reads <= last + 1, 'at most the one that was due when it was closed');
  });

  test('while Redis is away it says so, keeps what it knew, and lets its time run down', options, async (t) => {
    const ann = user('ann');
    const { page, panel } = await openPanel(t, [ann], AWAY);
    const key = `ws:user:sessions:${ann}`;
    await panel.key(key).waitFor();
    const problem = { status: 503, contentType: 'application/problem+json', body: JSON.stringify({ status: 503, code: 'unavailable', detail: 'Redis does not answer' }) };
    await page.route('**/dev/redis/**', (route) => route.fulfill(problem));
    await panel.notice.getByText('Redis is away').waitFor();
    const seconds = await panel.seconds(key);
    await until('the time to live runs down', async () => (await panel.seconds(key)) < seconds);
    await page.unroute('**/dev/redis/**');
    await panel.notice.getByText('Redis is away').waitFor({ state: 'detached' });
  });

  test('opening one panel of the drawer closes the other', options, async (t) => {
    const { page, panel } = await openPanel(t, [user('ann')]);
    await page.getByRole('button', { name: /^Raw frames/ }).click();
    await page.locator('.frame').first().waitFor();
    await panel.root.waitFor({ state: 'hidden' });
    assert.equal(await panel.toggle.getAttribute('aria-expanded'), 'false');
  });

  test('the keyboard opens it and reaches the choice and the keys', options, async (t) => {
    const { page } = await openDemo(t, holder, site, [user('ann')]);
    const panel = new Panel(page);
    await panel.toggle.focus();
    await page.keyboard.press('Enter');
    await panel.keys('ws:session:').waitFor();
    const focused = () => page.evaluate(() => document.activeElement.labels?.[0]?.textContent ?? document.activeElement.getAttribute('aria-label'));
    await page.keyboard.press('Tab');
    assert.equal(await focused(), 'About');
    await page.keyboard.press('Tab');
    assert.equal(await focused(), 'Keys');
    assert.equal(await panel.root.getByRole('table', { name: /^What Redis says of/ }).getByRole('columnheader').count(), 4);
  });

  test('without motion a change is marked by a colour that stands still', options, async (t) => {
    const ann = user('ann');
    const { panel, cards: [card] } = await openPanel(t, [ann], { reducedMotion: 'reduce' });
    await panel.counts('ws:session:', 1);
    await card.root.getByRole('button', { name: 'Add device' }).click();
    const style = await panel.root.locator('tr.changed').first().evaluate((row) => {
      const { animationName, backgroundColor } = getComputedStyle(row);
      return { animationName, backgroundColor };
    });
    assert.equal(style.animationName, 'none');
    assert.notEqual(style.backgroundColor, 'rgba(0, 0, 0, 0)');
  });

  for (const [name, look] of [['light', {}], ['dark', { colorScheme: 'dark' }], ['360', { viewport: { width: 360, height: 740 } }]]) {
    test(`nothing is wider than the screen or cut off (${name})`, options, async (t) => {
      const { page, panel } = await openPanel(t, [user('a-rather-long-name-of-somebody')], look);
      await panel.counts('ws:session:', 1);
      const wide = await page.locator('#drawer').evaluate((drawer) => [drawer, ...drawer.querySelectorAll('button, .panel-bar, .panel-list, th, td')]
        .filter((node) => node.checkVisibility() && !node.closest('thead') && (node.scrollWidth > node.clientWidth || node.getBoundingClientRect().right > window.innerWidth))
        .map((node) => node.outerHTML.slice(0, 80)));
      assert.deepEqual(wide, []);
      mkdirSync(SHOTS, { recursive: true });
      await page.screenshot({ path: `${SHOTS}redis-${name}.png` });
    });
  }
});

describe('the panel where Redis is off', () => {
  const off = useServer();

  test('it says so, and asks no more until it is opened anew', options, async (t) => {
    const [ann, bob] = [user('ann'), user('bob')];
    const { page, cards: [first, second] } = await openDemo(t, holder, off, [ann, bob], { expected: /status of 404/ });
    const counted = countReads(page);
    const panel = await new Panel(page).open();
    await panel.notice.getByText('Redis is off').waitFor();
    await first.setStatus('Busy');
    await second.sees(ann, 'BUSY');
    assert.equal(counted.reads, 1);
    await panel.toggle.click();
    await panel.toggle.click();
    await until('it asks again', () => counted.reads === 2);
  });

  test('GET /dev/redis/{userId} is 404 there', { timeout: 60_000 }, async () => {
    const ann = user('ann');
    assertProblem(await request(off, 'GET', `/dev/redis/${ann}`, { token: tokenFor(ann) }), 404, 'not_found');
  });
});

describe('GET /dev/redis/{userId}', () => {
  const lost = useServer({ ...ON, UPSTASH_REDIS_REST_URL: 'http://127.0.0.1:9' });
  const asked = (server, userId, as = userId) => request(server, 'GET', `/dev/redis/${userId}`, { token: as && tokenFor(as) });

  /** What the document says of an answer. */
  async function described(answer) {
    const { body: document } = await request(site, 'GET', '/openapi.json');
    const response = resolve(document, document.paths['/dev/redis/{userId}'].get.responses[answer.status]);
    assert.ok(response, `${answer.status} is not documented`);
    const [media, { schema }] = Object.entries(response.content)[0];
    assert.equal(answer.headers.get('content-type').split(';')[0], media);
    assert.deepEqual([faults(document, schema, answer.body), strangers(document, schema, answer.body)], [[], []], answer.text);
  }

  test('gives the keys that are there in the order of their names, as documented', { timeout: 60_000 }, async (t) => {
    const cast = new Cast(t, site);
    const [ann, watcher] = [await cast.json(user('ann')), await cast.json(user('bob'))];
    const bob = watcher.userId;
    await ann.command('presence.subscribe', { targetUserIds: [bob, ann.userId] });
    await watcher.command('presence.subscribe', { targetUserId: ann.userId });
    const wanted = [
      'presence:online',
      `presence:subscribers:${ann.userId}`,
      `presence:subscription:${ann.userId}`,
      `presence:user:${ann.userId}:last_active`,
      `presence:user:${ann.userId}:online:${ann.sessionId}`,
      `presence:user:${ann.userId}:watchers`,
      `ws:connections:${ann.userId}`,
      `ws:session:${ann.sessionId}`,
      `ws:user:sessions:${ann.userId}`,
    ];
    const answer = await until('all nine are there', async () => {
      const said = await asked(site, ann.userId);
      return said.body.keys.length === wanted.length && said;
    });
    assert.deepEqual(answer.body.keys.map(({ key }) => key), wanted);
    assert.equal(answer.body.source, 'embedded');
    const said = Object.fromEntries(answer.body.keys.map((one) => [one.key, one]));
    assert.deepEqual(said['presence:online'], { key: 'presence:online', type: 'set', ttl: null, value: true });
    assert.deepEqual(said[`presence:subscription:${ann.userId}`].value, [ann.userId, bob].sort());
    assert.equal(JSON.parse(said[`ws:session:${ann.sessionId}`].value).userId, ann.userId);
    await described(answer);
  });

  test('of somebody who never was here there is no key', { timeout: 60_000 }, async () => {
    const answer = await asked(site, user('nobody'));
    assert.deepEqual([answer.status, answer.body.keys], [200, []]);
    await described(answer);
  });

  test('a key of another type than it should be has no value', { timeout: 60_000 }, async () => {
    const ann = user('ann');
    const key = `presence:user:${ann}:watchers`;
    const set = await fetch(`${site.url}/embedded/redis/set/${key}/nonsense`, { headers: { authorization: `Bearer ${ON.UPSTASH_REDIS_REST_TOKEN}` } });
    assert.equal(set.status, 200);
    const answer = await asked(site, ann);
    assert.deepEqual(answer.body.keys, [{ key, type: 'string', ttl: null, value: null }]);
    await described(answer);
  });

  test('is refused for a bad id, without a token, and for somebody else', { timeout: 60_000 }, async () => {
    const ann = user('ann');
    const refused = [[400, 'invalid_user_id', await asked(site, 'a%20b', ann)], [401, 'unauthorized', await asked(site, ann, null)], [403, 'forbidden', await asked(site, ann, user('eve'))]];
    for (const [status, code, answer] of refused) {
      assertProblem(answer, status, code);
      await described(answer);
    }
  });

  test('is 503 while Redis does not answer', { timeout: 60_000 }, async () => {
    const answer = await asked(lost, user('ann'));
    assert.deepEqual([answer.status, answer.body.code], [503, 'unavailable'], answer.text);
    await described(answer);
  });
});

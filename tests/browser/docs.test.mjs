// The page that renders the descriptions: of REST, and of sockets and events.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { user } from '../lib/users.mjs';
import { NO_BROWSER, openPage, useBrowser, useSite } from './support.mjs';

const site = useSite({ SESSION_TTL: '60' });
const holder = useBrowser();
const options = { skip: NO_BROWSER, timeout: 120_000 };
const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

/** Every operation of the served description, as `GET /path`. */
async function described() {
  const { paths } = await (await fetch(`${site.url}/openapi.json`)).json();
  return Object.entries(paths).flatMap(([path, item]) => METHODS.filter((method) => item[method]).map((method) => `${method.toUpperCase()} ${path}`));
}

test('the reference shows each operation of the description', options, async (t) => {
  const page = await openPage(t, holder);
  await page.goto(`${site.url}/docs`);
  const operations = page.locator('.operation:has(> summary .method)');
  await operations.first().waitFor();
  const shown = await operations.evaluateAll((nodes) => nodes.map((node) => `${node.querySelector('.method').textContent} ${node.querySelector('summary code').textContent}`));
  assert.deepEqual(shown.sort(), (await described()).sort());
});

/** All that `/asyncapi.json` says by channel: `channel-<key>` to the names of its messages. */
async function channels() {
  const { channels: all, components } = await (await fetch(`${site.url}/asyncapi.json`)).json();
  const nameOf = ({ $ref }) => components.messages[$ref.split('/').at(-1)].name;
  return Object.fromEntries(Object.entries(all).map(([key, { messages }]) => [`channel-${key}`, [...new Set(Object.values(messages).map(nameOf))].sort()]));
}

test('the reference shows each channel of sockets and events, with its messages, fields and examples', options, async (t) => {
  const page = await openPage(t, holder);
  await page.goto(`${site.url}/docs`);
  await page.locator('.channel').first().waitFor();
  const shown = await page.locator('.channel').evaluateAll((nodes) => nodes.map((node) => [node.id, [...new Set([...node.querySelectorAll('.message > summary code')].map((code) => code.textContent))].sort()]));
  assert.deepEqual(Object.fromEntries(shown), await channels());
  const bare = await page.locator('.message').evaluateAll((nodes) => nodes.filter((node) => !node.querySelector('.example')?.textContent).map((node) => node.id));
  assert.deepEqual(bare, [], 'each message has an example');
});

test('a channel is reached from the contents, and a message is read with the keyboard alone', options, async (t) => {
  const page = await openPage(t, holder);
  await page.goto(`${site.url}/docs`);
  await page.getByRole('navigation').getByRole('link', { name: 'session-events', exact: true }).click();
  const channel = page.locator('details[id="channel-session-events"][open]');
  await channel.waitFor();
  assert.equal(await channel.locator('> summary .direction').textContent(), 'consume');
  const message = channel.locator('.message', { has: page.locator('summary code', { hasText: 'rollcall.session.ended' }) });
  await message.locator('summary').focus();
  await page.keyboard.press('Enter');
  const table = message.getByRole('table');
  await table.getByRole('rowheader', { name: /^sequence/ }).waitFor();
  assert.deepEqual((await table.getByRole('rowheader').allTextContents()).filter((name) => name.startsWith('data.')), ['data.reason required', 'data.session required', 'data.visible required']);
  await page.keyboard.press('Tab');
  while (await page.evaluate(() => document.activeElement.closest('.fields'))) await page.keyboard.press('Tab');
  const example = JSON.parse(await page.evaluate(() => document.activeElement.textContent));
  assert.deepEqual([example.type, example.data.reason], ['rollcall.session.ended', 'expired']);
});

test('in JSON one sends commands and receives what answers them', options, async (t) => {
  const page = await openPage(t, holder);
  await page.goto(`${site.url}/docs#channel-json`);
  const channel = page.locator('details[id="channel-json"][open]');
  await channel.waitFor();
  assert.deepEqual(await channel.locator('> summary .direction').allTextContents(), ['send', 'receive']);
  const messages = await channel.locator('h3, .message').evaluateAll((nodes) => nodes.map((node) => (node.tagName === 'H3' ? node.textContent : node.querySelector('summary code').textContent)));
  const [sent, received] = [messages.slice(1, messages.indexOf('You receive')), messages.slice(messages.indexOf('You receive') + 1)];
  assert.equal(messages[0], 'You send');
  for (const name of ['heartbeat', 'presence.subscribe', 'message.send', 'leave', 'beat']) assert.ok(sent.includes(name), name);
  for (const name of ['welcome', 'presence', 'message', 'session', 'ok', 'error', 'beat']) assert.ok(received.includes(name), name);
});

test('each link inside the reference leads somewhere in it', options, async (t) => {
  const page = await openPage(t, holder);
  await page.goto(`${site.url}/docs`);
  await page.locator('.channel').first().waitFor();
  const lost = await page.evaluate(() => [...new Set([...document.querySelectorAll('a[href^="#"]')].map((link) => link.getAttribute('href').slice(1)))].filter((id) => !document.getElementById(id)));
  assert.deepEqual(lost, []);
  const twice = await page.evaluate(() => [...document.querySelectorAll('[id]')].map(({ id }) => id).filter((id, at, all) => all.indexOf(id) !== at));
  assert.deepEqual(twice, [], 'no id stands twice');
});

test('the type of problem details leads to its code, with status and title', options, async (t) => {
  const refused = await fetch(`${site.url}/api/presence/ann`);
  const { type, code, status, title } = await refused.json();
  const page = await openPage(t, holder);
  await page.goto(new URL(type, site.url).href);
  const error = page.locator(`details[id="${code}"]`);
  await error.locator('a[href="#getPresence"]').waitFor();
  const summary = await error.locator('summary').innerText();
  for (const said of [code, `${status}`, title]) assert.ok(summary.includes(said), `${said} in ${summary}`);
  await page.waitForFunction((id) => Math.abs(document.getElementById(id).getBoundingClientRect().top) < window.innerHeight, code);
  await error.locator('a[href="#getPresence"]').click();
  await page.locator('details[id="getPresence"][open]').waitFor();
});

test('each error code has its anchor, with the status and a title', options, async (t) => {
  const { components } = await (await fetch(`${site.url}/openapi.json`)).json();
  const codes = components.schemas.ErrorCode.enum;
  assert.ok(codes.length > 20);
  const page = await openPage(t, holder);
  await page.goto(`${site.url}/docs#${codes.at(-1)}`);
  await page.locator(`details[id="${codes.at(-1)}"][open]`).waitFor();
  const shown = await page.evaluate((ids) => ids.map((id) => document.getElementById(id)?.querySelector('summary').innerText ?? null), codes);
  for (const [at, code] of codes.entries()) assert.match(shown[at], new RegExp(`^[45]\\d\\d\\s+${code}\\s+\\S.+`));
});

test('an operation can be tried with a token from the page', options, async (t) => {
  const ann = user('ann');
  const page = await openPage(t, holder);
  await page.goto(`${site.url}/docs`);
  await page.getByLabel('or sign in as').fill(ann);
  await page.getByRole('button', { name: 'Get a token' }).click();
  await page.getByText(`Signed in as ${ann}`).waitFor();
  const operation = page.locator('.operation', { has: page.locator('summary .method.get + code', { hasText: /^\/api\/presence\/\{userId\}$/ }) });
  await operation.locator('summary').first().click();
  await operation.getByLabel('userId').fill(ann);
  await operation.getByRole('button', { name: 'Send' }).click();
  await operation.locator('.output').waitFor();
  const presence = JSON.parse(await operation.locator('.output').textContent());
  assert.deepEqual([presence.userId, presence.status, presence.version], [ann, 'OFFLINE', 0]);
});

test('the reference fits a screen of 360 px with everything unfolded', options, async (t) => {
  const page = await openPage(t, holder, { viewport: { width: 360, height: 740 } });
  await page.goto(`${site.url}/docs`);
  await page.locator('.operation').first().waitFor();
  await page.evaluate(() => document.querySelectorAll('details').forEach((node) => { node.open = true; }));
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth), 0);
});

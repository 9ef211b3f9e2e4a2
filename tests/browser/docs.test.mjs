// The page that renders the REST description.
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
  const operations = page.locator('.operation:not([id^="schema-"])');
  await operations.first().waitFor();
  const shown = await operations.evaluateAll((nodes) => nodes.map((node) => `${node.querySelector('.method').textContent} ${node.querySelector('summary code').textContent}`));
  assert.deepEqual(shown.sort(), (await described()).sort());
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

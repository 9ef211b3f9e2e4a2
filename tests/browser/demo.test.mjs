// The demo page: people side by side who see each other come, go, change, type and speak.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { user } from '../lib/users.mjs';
import { Card, NO_BROWSER, openDemo, openPage, useBrowser, useSite } from './support.mjs';

const site = useSite({ SESSION_TTL: '60', OFFLINE_GRACE: '10' });
const holder = useBrowser();
const options = { skip: NO_BROWSER, timeout: 120_000 };

test('the first visit finds three people signed in who watch one another', options, async (t) => {
  const page = await openPage(t, holder);
  const outside = [];
  page.on('request', (request) => !request.url().startsWith(site.url) && outside.push(request.url()));
  await page.goto(site.url);
  for (const [userId, other] of [['ada', 'grace'], ['grace', 'linus'], ['linus', 'ada']]) {
    await new Card(page, userId).root.locator(`[data-person="${other}"][data-status]`).waitFor();
    await new Card(page, userId).devices('live').waitFor();
  }
  assert.deepEqual(outside, [], 'the page asks nobody but its own server');
});

test('people see somebody sign in, and leave', options, async (t) => {
  const [ann, newcomer] = [user('ann'), user('newcomer')];
  const { page, cards: [card] } = await openDemo(t, holder, site, [ann]);
  await page.getByLabel('Sign in as anyone').fill(newcomer);
  await page.getByLabel('First device').selectOption('tablet');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await card.sees(newcomer, 'ONLINE');
  await card.person(newcomer).getByRole('img', { name: 'tablet' }).waitFor();
  await new Card(page, newcomer).press('Leave');
  await card.sees(newcomer, 'OFFLINE');
});

test('a refused user id is explained beside the form, and no card appears', options, async (t) => {
  const { page } = await openDemo(t, holder, site, [user('ann')], { expected: /status of 400/ });
  await page.getByLabel('Sign in as anyone').fill('a/b');
  const refused = page.waitForResponse((response) => response.url().endsWith('/dev/token') && response.status() === 400);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await refused;
  await page.locator('#add-error:not(:empty)').waitFor();
  assert.equal(await page.locator('article[data-user]').count(), 1);
});

test('a status and its message reach the others, and INVISIBLE reads as offline', options, async (t) => {
  const [ann, bob] = [user('ann'), user('bob')];
  const { cards: [first, second] } = await openDemo(t, holder, site, [ann, bob]);
  await first.root.getByLabel(`Status message of ${ann}`).fill('in a meeting');
  await first.setStatus('Busy');
  await second.sees(ann, 'BUSY');
  await second.person(ann).getByText('in a meeting').waitFor();
  await first.setStatus('Invisible');
  await second.sees(ann, 'OFFLINE');
  await first.setStatus('Online');
  await second.sees(ann, 'ONLINE');
});

test('typing shows while somebody writes, and the message arrives', options, async (t) => {
  const [ann, bob] = [user('ann'), user('bob')];
  const { cards: [first, second] } = await openDemo(t, holder, site, [ann, bob]);
  await first.composer.fill('hel');
  await second.root.getByText(`${ann} is typing`).waitFor();
  await first.say('hello <b>bob</b> & co');
  await second.hears('hello <b>bob</b> & co');
  await second.root.getByText(`${ann} is typing`).waitFor({ state: 'hidden' });
  await first.root.getByText(`reached ${bob}`).waitFor();
});

test('a second device shows to the others, and one may go without the user going', options, async (t) => {
  const [ann, bob] = [user('ann'), user('bob')];
  const { cards: [first, second] } = await openDemo(t, holder, site, [ann, bob]);
  const statuses = await second.recordStatuses(ann);
  await first.root.getByLabel(`Kind of device to add for ${ann}`).selectOption('mobile');
  await first.root.getByRole('button', { name: 'Add device' }).click();
  await second.person(ann).getByRole('img', { name: 'mobile' }).waitFor();
  await first.press('Leave', first.root.locator('[data-device="web"]'));
  await second.person(ann).getByRole('img', { name: 'web' }).waitFor({ state: 'detached' });
  await first.setStatus('Busy');
  await second.sees(ann, 'BUSY');
  assert.deepEqual(await statuses(), ['ONLINE', 'BUSY']);
});

test('signing a device out closes its socket with 4003, and the others see the user go', options, async (t) => {
  const [ann, bob] = [user('ann'), user('bob')];
  const { cards: [first, second] } = await openDemo(t, holder, site, [ann, bob]);
  await first.press('Sign out this device');
  await first.devices('ended').getByText('4003').waitFor();
  await second.sees(ann, 'OFFLINE');
  await first.press('Sign in again');
  await second.sees(ann, 'ONLINE');
});

test('the panel of raw frames shows both directions, filters and pauses', options, async (t) => {
  const [ann, bob] = [user('ann'), user('bob')];
  const { page, cards: [first, second] } = await openDemo(t, holder, site, [ann, bob]);
  await page.getByRole('button', { name: /^Raw frames/ }).click();
  const frames = page.locator('.frame');
  await frames.filter({ hasText: '"type":"welcome"' }).first().waitFor();
  await page.getByLabel('User', { exact: true }).selectOption(bob);
  await page.locator(`[data-frame-user="${ann}"]`).first().waitFor({ state: 'detached' });
  await page.getByLabel('Filter').fill('"type":"message"');
  await first.say('look at the frames');
  const message = page.locator(`.frame.in[data-frame-user="${bob}"]`, { hasText: 'look at the frames' });
  await message.waitFor();
  await page.getByRole('button', { name: 'Pause' }).click();
  await first.say('unseen');
  await second.hears('unseen');
  await page.getByRole('button', { name: 'Pause' }).click();
  await first.say('seen again');
  await frames.filter({ hasText: 'seen again' }).waitFor();
  assert.equal(await frames.filter({ hasText: 'unseen' }).count(), 0);
});

test('people stay in the page over a reload, and nobody sees them go', options, async (t) => {
  const [ann, bob] = [user('ann'), user('bob')];
  const watching = await openDemo(t, holder, site, [ann]);
  await watching.cards[0].root.getByLabel(`User that ${ann} should watch`).fill(bob);
  await watching.cards[0].root.getByRole('button', { name: 'Watch', exact: true }).click();
  const { page, cards: [card] } = await openDemo(t, holder, site, [bob]);
  await watching.cards[0].sees(bob, 'ONLINE');
  const statuses = await watching.cards[0].recordStatuses(bob);
  await page.reload();
  await card.devices('live').waitFor();
  await card.setStatus('Away');
  await watching.cards[0].sees(bob, 'AWAY');
  assert.deepEqual(await statuses(), ['ONLINE', 'AWAY']);
});

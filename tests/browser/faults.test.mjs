// Networks that drop and devices that fall silent, as the page shows them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PATIENCE_MS } from '../lib/until.mjs';
import { user } from '../lib/users.mjs';
import { NO_BROWSER, openDemo, useBrowser, useSite } from './support.mjs';

const site = useSite({ SESSION_TTL: '10', OFFLINE_GRACE: '10' });
const holder = useBrowser();
const options = { skip: NO_BROWSER, timeout: 120_000 };
/** The contract's upper bound for what happens at a deadline, on top of the deadline itself. */
const DEADLINE_MS = 20_000 + PATIENCE_MS;

const sessionOf = (card) => card.devices().first().getAttribute('data-session');

test('a dropped network that returns inside the grace resumes, and nobody sees an offline', options, async (t) => {
  const [ann, bob] = [user('ann'), user('bob')];
  const { cards: [first, second] } = await openDemo(t, holder, site, [ann, bob]);
  const [statuses, session] = [await second.recordStatuses(ann), await sessionOf(first)];
  await first.press('Drop the network');
  await first.devices('grace').waitFor();
  await first.press('Reconnect');
  await first.devices('live').getByText('resumed').waitFor();
  assert.equal(await sessionOf(first), session, 'the same session goes on');
  await first.setStatus('Busy');
  await second.sees(ann, 'BUSY');
  assert.deepEqual(await statuses(), ['ONLINE', 'BUSY']);
});

test('what changed while the network was down is there after the resume', options, async (t) => {
  const [ann, bob] = [user('ann'), user('bob')];
  const { cards: [first, second] } = await openDemo(t, holder, site, [ann, bob]);
  await first.press('Drop the network');
  await second.setStatus('Away');
  await second.root.getByText('Away on 1 device').waitFor();
  await first.press('Reconnect');
  await first.devices('live').waitFor();
  await first.sees(bob, 'AWAY');
});

test('a network that stays away counts its grace down, and then the others see the user go', options, async (t) => {
  const [ann, bob] = [user('ann'), user('bob')];
  const { cards: [first, second] } = await openDemo(t, holder, site, [ann, bob]);
  const session = await sessionOf(first);
  await first.press('Drop the network');
  await first.root.getByText(/grace ends in \d+ s/).waitFor();
  await second.sees(ann, 'OFFLINE', DEADLINE_MS);
  await first.devices('ended').getByText('grace over').waitFor({ timeout: DEADLINE_MS });
  await first.press('Sign in again');
  await second.sees(ann, 'ONLINE');
  assert.notEqual(await sessionOf(first), session, 'an ended session is not taken up again');
});

test('a silent device counts down, is closed with 4001, and the others see the user go', options, async (t) => {
  const [ann, bob] = [user('ann'), user('bob')];
  const { cards: [first, second] } = await openDemo(t, holder, site, [ann, bob]);
  await first.press('Go silent');
  await first.devices('silent').getByText(/expires in \d+ s/).waitFor();
  await second.sees(ann, 'ONLINE');
  await second.sees(ann, 'OFFLINE', DEADLINE_MS);
  await first.devices('ended').getByText('4001').waitFor({ timeout: DEADLINE_MS });
});

test('a silent device that wakes in time resumes its session', options, async (t) => {
  const [ann, bob] = [user('ann'), user('bob')];
  const { cards: [first, second] } = await openDemo(t, holder, site, [ann, bob]);
  const [statuses, session] = [await second.recordStatuses(ann), await sessionOf(first)];
  await first.press('Go silent');
  await first.press('Wake up');
  await first.devices('live').getByText('resumed').waitFor();
  assert.equal(await sessionOf(first), session);
  await first.setStatus('Away');
  await second.sees(ann, 'AWAY');
  assert.deepEqual(await statuses(), ['ONLINE', 'AWAY']);
});

test('heartbeats from the worker keep a session far beyond its TTL', options, async (t) => {
  const [ann, bob] = [user('ann'), user('bob')];
  const { page, cards: [first, second] } = await openDemo(t, holder, site, [ann, bob]);
  const [statuses, session] = [await second.recordStatuses(ann), await sessionOf(first)];
  await page.getByRole('button', { name: /^Raw frames/ }).click();
  await page.getByLabel('User', { exact: true }).selectOption(ann);
  await page.getByLabel('Heartbeats').check();
  // A beat comes each 5/12 of a TTL by default: eight intervals are more than three TTLs.
  await page.locator('.frame.in', { hasText: 'heartbeat' }).nth(8).waitFor({ timeout: 90_000 });
  assert.equal(await sessionOf(first), session);
  assert.deepEqual(await statuses(), ['ONLINE']);
});

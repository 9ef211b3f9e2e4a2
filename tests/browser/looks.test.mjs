// What the page is for people with a small screen, a dark room, or no mouse.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import { user } from '../lib/users.mjs';
import { NO_BROWSER, openDemo, openPage, useBrowser, useSite } from './support.mjs';

const site = useSite({ SESSION_TTL: '60', OFFLINE_GRACE: '10' });
const holder = useBrowser();
const options = { skip: NO_BROWSER, timeout: 120_000 };
const SHOTS = fileURLToPath(new URL('../../logs/browser/', import.meta.url));
const NARROW = { viewport: { width: 360, height: 740 } };

/** Keeps a picture of the page for whoever wants to look. */
function shoot(page, name) {
  mkdirSync(SHOTS, { recursive: true });
  return page.screenshot({ path: `${SHOTS}${name}.png`, fullPage: true, timeout: 60_000 });
}

const overflow = (page) => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);

/** The elements of a selector whose text has less contrast than 4.5 to what is behind it. */
const faint = (page, selector) => page.evaluate((wanted) => {
  const numbers = (color) => color.match(/[\d.]+/g).map(Number);
  const linear = (value) => (value <= 10.31 ? value / 3294.6 : ((value / 255 + 0.055) / 1.055) ** 2.4);
  const luminance = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const backdrop = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const color = numbers(getComputedStyle(at).backgroundColor);
      if ((color[3] ?? 1) === 1) return color;
    }
    return [255, 255, 255];
  };
  const contrast = (node) => {
    const [low, high] = [luminance(numbers(getComputedStyle(node).color)), luminance(backdrop(node))].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };
  return [...document.querySelectorAll(wanted)].filter((node) => node.checkVisibility() && node.textContent.trim())
    .map((node) => ({ text: node.textContent.trim().slice(0, 40), contrast: contrast(node) })).filter((one) => one.contrast < 4.5);
}, selector);

const TEXTS = 'h1, h2, h3, p, label, button, a, strong, summary, time, .device-text, .person-status, .version, .note, .bubble-text, .bubble-head, .summary';

test('at 360 px nothing is wider than the screen, even with long names and messages', options, async (t) => {
  const [ann, bob] = [user('ann'), user(`${'very-long-name-'.repeat(5)}`)];
  const { page, cards: [first, second] } = await openDemo(t, holder, site, [ann, bob], NARROW);
  await second.say('w'.repeat(300));
  await first.hears('w'.repeat(300));
  await page.getByRole('button', { name: /^Raw frames/ }).click();
  await page.locator('.frame').first().waitFor();
  assert.equal(await overflow(page), 0);
  const clipped = await page.locator('button').evaluateAll((nodes) => nodes.filter((node) => node.scrollWidth > node.clientWidth && !node.matches('.chip')).map((node) => node.textContent));
  assert.deepEqual(clipped, [], 'no label is cut off');
  await page.getByRole('button', { name: /^Raw frames/ }).click();
  await shoot(page, 'demo-360');
});

for (const colorScheme of ['light', 'dark']) {
  test(`in the ${colorScheme} scheme every text has a contrast of 4.5 or more`, options, async (t) => {
    const [ann, bob] = [user('ann'), user('bob')];
    // Without motion, so that no colour is measured half way through an animation.
    const { page, cards: [first, second] } = await openDemo(t, holder, site, [ann, bob], { colorScheme, reducedMotion: 'reduce' });
    await first.setStatus('Busy');
    await second.sees(ann, 'BUSY');
    await second.say('hello');
    await first.hears('hello');
    await first.press('Drop the network');
    await first.devices('grace').waitFor();
    assert.deepEqual(await faint(page, TEXTS), []);
    const [red, green, blue] = (await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).match(/\d+/g).map(Number);
    assert.equal(Math.max(red, green, blue) < 64, colorScheme === 'dark', 'the page follows the scheme');
    await shoot(page, `demo-${colorScheme}`);
  });
}

for (const colorScheme of ['light', 'dark']) {
  for (const [name, viewport] of [['wide', { width: 1280, height: 800 }], ['narrow', { width: 390, height: 844 }]]) {
    test(`the reference of events is legible: ${colorScheme}, ${name}`, options, async (t) => {
      const page = await openPage(t, holder, { viewport, colorScheme, reducedMotion: 'reduce' });
      await page.goto(`${site.url}/docs#channel-session-events`);
      await page.locator('details[id="channel-session-events"][open]').waitFor();
      await page.evaluate(() => document.querySelectorAll('.channel, .message').forEach((node) => { node.open = true; }));
      assert.deepEqual(await faint(page, '.channel :is(summary, code, p, h3, h4, th, td, caption, span, a, pre)'), []);
      assert.equal(await overflow(page), 0);
      await shoot(page, `docs-${colorScheme}-${name}`);
    });
  }
}

/** Presses a key until the focus is on a matching element; the element's order in the page bounds the presses. */
async function tabTo(page, selector) {
  for (let presses = 0; presses < 200; presses += 1) {
    await page.keyboard.press('Tab');
    if (await page.evaluate((wanted) => document.activeElement.matches(wanted), selector)) return;
  }
  assert.fail(`the Tab key never reaches ${selector}`);
}

test('with the keyboard alone one sets a status and sends a message', options, async (t) => {
  const [ann, bob] = [user('ann'), user('bob')];
  const { page, cards: [, second] } = await openDemo(t, holder, site, [ann, bob]);
  await tabTo(page, `article[data-user="${ann}"] input[type="radio"]`);
  await page.keyboard.press('ArrowRight');
  await second.sees(ann, 'AWAY');
  await tabTo(page, `article[data-user="${ann}"] .composer input`);
  await page.keyboard.type('no mouse needed');
  await page.keyboard.press('Enter');
  await second.hears('no mouse needed');
});

test('a button that disappears hands the focus to its successor', options, async (t) => {
  const { page } = await openDemo(t, holder, site, [user('ann')]);
  await tabTo(page, '[data-device] .device-actions button');
  await page.keyboard.press('Enter');
  await page.locator('[data-device][data-phase="grace"]').waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Reconnect');
});

test('changes are announced to screen readers once, however many cards saw them', options, async (t) => {
  const [ann, bob, eve] = [user('ann'), user('bob'), user('eve')];
  const { page, cards: [first, second, third] } = await openDemo(t, holder, site, [ann, bob, eve]);
  await first.setStatus('Busy');
  await second.sees(ann, 'BUSY');
  await third.sees(ann, 'BUSY');
  const said = page.locator('[aria-live="polite"] p', { hasText: `${ann} is now Busy` });
  await said.first().waitFor();
  assert.equal(await said.count(), 1);
});

test('each input, select and button has a name', options, async (t) => {
  const page = await openPage(t, holder);
  await page.goto(site.url);
  await page.locator('article[data-user="linus"] [data-device]').waitFor();
  const nameless = await page.evaluate(() => [...document.querySelectorAll('input, select, textarea, button')]
    .filter((node) => !node.labels?.length && !node.getAttribute('aria-label') && !(node.tagName === 'BUTTON' && node.textContent.trim()))
    .map((node) => node.outerHTML));
  assert.deepEqual(nameless, []);
});

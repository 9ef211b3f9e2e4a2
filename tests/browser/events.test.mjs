// The panel of events in the demo page, fed by the live tail of the embedded Kafka, and where there is none.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, test } from 'node:test';
import { Cast } from '../lib/cast.mjs';
import { until } from '../lib/until.mjs';
import { user } from '../lib/users.mjs';
import { NO_BROWSER, openDemo, useBrowser, useSite } from './support.mjs';

const site = useSite({ KAFKA_REST_API: undefined, SESSION_TTL: '60', OFFLINE_GRACE: '10' });
const without = useSite({ SESSION_TTL: '60' });
const holder = useBrowser();
const options = { skip: NO_BROWSER, timeout: 120_000 };
const SHOTS = fileURLToPath(new URL('../../logs/browser/', import.meta.url));

/** The panel as a person reads it. */
class Panel {
  constructor(page) {
    this.page = page;
    this.toggle = page.getByRole('button', { name: 'Events' });
    this.root = page.getByRole('region', { name: 'Events' });
    this.notice = this.root.getByRole('status');
  }

  async open() {
    await this.toggle.click();
    await this.root.waitFor();
    return this;
  }

  rows(subject, type) {
    return this.root.locator(`[data-subject="${subject}"]${type ? `[data-event="rollcall.${type}"]` : ''}`);
  }

  see(subject, type) {
    return this.rows(subject, type).first().waitFor();
  }

  choose(label, value) {
    return this.root.getByLabel(label, { exact: true }).selectOption(value);
  }
}

async function openPanel(t, userIds, more) {
  const demo = await openDemo(t, holder, site, userIds, more);
  return { ...demo, panel: await new Panel(demo.page).open() };
}

describe('the panel', () => {
  test('it tells what happened before it was opened, and then each event as it comes', options, async (t) => {
    const [ann, bob] = [user('ann'), user('bob')];
    const { panel, cards: [first] } = await openPanel(t, [ann, bob]);
    await panel.see(ann, 'session.started');
    await panel.see(ann, 'presence.online');
    await panel.see(bob, 'subscription.created');
    assert.equal(await panel.rows(ann, 'presence.changed').count(), 0);
    await first.setStatus('Busy');
    await panel.see(ann, 'presence.changed');
    assert.equal(await panel.notice.count(), 0, 'there is nothing to complain of');
  });

  test('a row opens to the whole event, and says where it stands', options, async (t) => {
    const ann = user('ann');
    const { panel } = await openPanel(t, [ann]);
    const row = panel.rows(ann, 'presence.online').first();
    await row.locator('summary').click();
    const text = await row.locator('pre').textContent();
    assert.match(text, /^presence-events, partition \d+, offset \d+\n/);
    assert.equal(JSON.parse(text.slice(text.indexOf('\n'))).subject, ann);
  });

  test('it shows the people of the page, one kind, or what contains a word; and everybody on demand', options, async (t) => {
    const ann = user('ann');
    const cast = new Cast(t, site);
    const stranger = await cast.json(user('stranger'));
    const { panel } = await openPanel(t, [ann]);
    await panel.see(ann, 'presence.online');
    assert.equal(await panel.rows(stranger.userId).count(), 0);
    await panel.choose('People', 'all');
    await panel.see(stranger.userId, 'presence.online');
    await panel.choose('Kind', 'session');
    await until('no presence', async () => (await panel.rows(ann, 'presence.online').count()) === 0);
    await panel.see(ann, 'session.started');
    await panel.root.getByLabel('Containing', { exact: true }).fill(stranger.userId);
    await until('only the stranger', async () => (await panel.rows(ann).count()) === 0 && (await panel.rows(stranger.userId).count()) === 1);
  });

  test('where there is no embedded Kafka it says so', options, async (t) => {
    const { page } = await openDemo(t, holder, without, [user('ann')], { expected: /status of 404|EventSource/ });
    const panel = await new Panel(page).open();
    await panel.notice.filter({ hasText: 'no embedded Kafka' }).waitFor();
  });

  for (const [name, look] of Object.entries({
    light: { viewport: { width: 1280, height: 800 } },
    'dark-mobile': { viewport: { width: 390, height: 844 }, colorScheme: 'dark' },
  })) {
    test(`it fits its page: ${name}`, options, async (t) => {
      const [ann, bob] = [user('ann'), user('bob')];
      const { panel, page } = await openPanel(t, [ann, bob], look);
      await panel.see(bob, 'subscription.created');
      mkdirSync(SHOTS, { recursive: true });
      await page.screenshot({ path: `${SHOTS}events-${name}.png` });
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.ok(overflow <= 0, `the page is ${overflow} px wider than its window`);
      const { x, width } = await panel.toggle.boundingBox();
      assert.ok(x + width <= look.viewport.width, 'its button is within the window');
    });
  }
});

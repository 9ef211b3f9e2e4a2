// Chromium, a server, and the demo page as a person handles it.
import assert from 'node:assert/strict';
import { accessSync, constants } from 'node:fs';
import { after, before } from 'node:test';
import { useServer } from '../lib/server.mjs';
import { PATIENCE_MS } from '../lib/until.mjs';

const CHROMIUM = process.env.CHROMIUM_BIN || '/usr/bin/chromium';
// No sandbox: as root, Chromium has none. The rest keeps it from small shared memory and from the network.
const ARGUMENTS = ['--no-sandbox', '--disable-dev-shm-usage', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

/** Why the browser tests cannot run here, or false. For `test(name, { skip: NO_BROWSER }, …)`. */
export const NO_BROWSER = reasonToSkip();

function reasonToSkip() {
  try {
    accessSync(CHROMIUM, constants.X_OK);
    return false;
  } catch {
    return `no Chromium at ${CHROMIUM}: run "apt-get install chromium" (Debian, Ubuntu: as root), or set CHROMIUM_BIN to the browser's program`;
  }
}

/** A server for the calling file: the one that ROLLCALL_URL names, or a fresh one with these variables. */
export function useSite(vars = {}) {
  if (process.env.ROLLCALL_URL) return { url: process.env.ROLLCALL_URL };
  return NO_BROWSER ? {} : useServer(vars);
}

/** A browser for the calling file: filled in before its first test. */
export function useBrowser() {
  const holder = {};
  before(async () => {
    if (NO_BROWSER) return;
    const { chromium } = await import('playwright-core');
    holder.browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGUMENTS });
  }, { timeout: 60_000 });
  after(() => holder.browser?.close());
  return holder;
}

/**
 * A page of its own for a test. Whatever it logs as an error fails the test at
 * its end, but for what `expected` matches: a browser logs each refused request.
 */
export async function openPage(t, { browser }, { expected, ...options } = {}) {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  const errors = [];
  page.on('console', (message) => message.type() === 'error' && !expected?.test(message.text()) && errors.push(message.text()));
  page.on('pageerror', (error) => errors.push(error.stack));
  t.after(async () => {
    await context.close();
    assert.deepEqual(errors, [], 'the page logged errors');
  });
  return page;
}

/** The demo page with these users signed in, who all see each other. */
export async function openDemo(t, holder, site, userIds, options = {}) {
  const page = await openPage(t, holder, options);
  const stored = JSON.stringify(userIds.map((userId) => ({ userId, type: 'web' })));
  await page.addInitScript((value) => sessionStorage.getItem('rollcall.demo.users') ?? sessionStorage.setItem('rollcall.demo.users', value), stored);
  await page.goto(site.url);
  const cards = userIds.map((userId) => new Card(page, userId));
  for (const card of cards) {
    for (const other of userIds) if (other !== card.userId) await card.sees(other, 'ONLINE');
  }
  return { page, cards };
}

/** One user's card in the demo page. */
export class Card {
  constructor(page, userId) {
    this.page = page;
    this.userId = userId;
    this.root = page.locator(`article[data-user="${userId}"]`);
  }

  person(userId) {
    return this.root.locator(`[data-person="${userId}"]`);
  }

  /** Waits until this user sees that one with a status. */
  sees(userId, status, timeout = PATIENCE_MS) {
    return this.root.locator(`[data-person="${userId}"][data-status="${status}"]`).waitFor({ timeout });
  }

  /** The user's devices in the order of the card; with a phase, those that are in it. */
  devices(phase) {
    return this.root.locator(phase ? `[data-device][data-phase="${phase}"]` : '[data-device]');
  }

  /** Presses a button of the first device that has it. */
  press(label, device = this.devices()) {
    return device.getByRole('button', { name: new RegExp(`^${label}`) }).first().click();
  }

  async setStatus(label) {
    await this.root.getByText(label, { exact: true }).first().click();
  }

  get composer() {
    return this.root.getByLabel(`Message from ${this.userId}`);
  }

  async say(text) {
    await this.composer.fill(text);
    await this.root.getByRole('button', { name: `Send as ${this.userId}` }).click();
  }

  /** Waits for a message in this user's conversation. */
  hears(text) {
    return this.root.locator('.bubble-text', { hasText: text }).waitFor();
  }

  /**
   * Writes down from now on each status that this user sees of that one. Gives
   * a function that reads the list.
   */
  async recordStatuses(userId) {
    const row = await this.person(userId).elementHandle();
    const seen = await row.evaluateHandle((node) => {
      const list = [node.dataset.status];
      const note = () => node.dataset.status !== list.at(-1) && list.push(node.dataset.status);
      new MutationObserver(note).observe(node, { attributeFilter: ['data-status'] });
      return list;
    });
    return () => seen.jsonValue();
  }
}

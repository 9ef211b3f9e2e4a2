/** The demo page: signs a few people in and lets them see each other. */
import { every } from '../beat.js';
import { el, keyed } from '../dom.js';
import { announce } from './announce.js';
import { userCard } from './card.js';
import { fillDrawer } from './drawer.js';
import { eventsPanel } from './events-panel.js';
import { framesPanel } from './frames.js';
import { STATUS_LABEL } from './people-view.js';
import { redisPanel } from './redis-panel.js';
import { DemoUser } from './user.js';

const STORED = 'rollcall.demo.users';
const FIRST_USERS = [{ userId: 'ada', type: 'web' }, { userId: 'grace', type: 'mobile' }, { userId: 'linus', type: 'desktop' }];
const TICK_MS = 250;

/** @type {Map<string, {user: DemoUser, type: string, card: ReturnType<typeof userCard>}>} */
const entries = new Map();
const frames = framesPanel();
const redis = redisPanel();
const events = eventsPanel();
const cards = /** @type {HTMLElement} */ (document.getElementById('cards'));
const roster = /** @type {HTMLElement} */ (document.getElementById('roster'));

/** The users of this tab, from before a reload if there was one. */
function storedUsers() {
  try {
    const stored = JSON.parse(sessionStorage.getItem(STORED) ?? 'null');
    return Array.isArray(stored) && stored.length ? stored : FIRST_USERS;
  } catch {
    return FIRST_USERS;
  }
}

/** Keeps who is in the page, and nothing else: no token is ever stored. */
function store() {
  sessionStorage.setItem(STORED, JSON.stringify([...entries].map(([userId, { type }]) => ({ userId, type }))));
}

/**
 * Signs somebody in; they and everybody in the page watch each other.
 *
 * @param {string} userId @param {string} type of their first device
 */
async function addUser(userId, type) {
  if (entries.has(userId)) throw new Error(`${userId} is in this page already`);
  const user = new DemoUser(userId);
  await user.token(); // refuses a bad id before there is a card for it
  const card = userCard(user, () => removeUser(userId));
  listen(user);
  const others = [...entries.values()].map((entry) => entry.user);
  entries.set(userId, { user, type, card });
  cards.append(card.node);
  showPicker();
  await user.watch(others.map((other) => other.userId));
  user.addDevice(type);
  showRoster();
  store();
  for (const other of others) other.watch([userId]).catch(() => {}); // its next welcome repeats it
}

/** @param {string} userId */
function removeUser(userId) {
  const entry = entries.get(userId);
  if (!entry) return;
  entry.user.leave();
  entry.card.node.remove();
  entries.delete(userId);
  showPicker();
  showRoster();
  store();
  document.getElementById('new-user')?.focus();
}

/** @param {DemoUser} user */
function listen(user) {
  const { userId } = user;
  const on = (/** @type {string} */ type, /** @type {(detail: any) => void} */ handle) =>
    user.addEventListener(type, (event) => handle(/** @type {CustomEvent} */ (event).detail));
  on('frame', ({ device, ...frame }) => frames.add({ ...frame, userId, device: device.name }));
  on('change', ({ part }) => { showRoster(); redis.changed(user, part); });
  on('person', ({ before, now }) => {
    const news = before && (before.status !== now.status || before.message !== now.message);
    if (news) announce(`${now.userId} is now ${STATUS_LABEL[now.status] ?? now.status}${now.message ? `: ${now.message}` : ''}`);
  });
  on('message', ({ from, to, text }) => announce(`${from} to ${to.join(', ')}: ${text}`));
}

/** The strip of links that jumps between cards, useful where they stand below each other. */
function showRoster() {
  keyed(roster, entries.entries(), ([userId]) => userId, ([userId, { card }]) => {
    const jump = () => { card.node.scrollIntoView({ block: 'start' }); card.node.focus({ preventScroll: true }); };
    const button = el('button', { type: 'button', class: 'chip', onclick: jump }, el('span', { class: 'dot' }), userId);
    return { node: el('li', {}, button), update: () => { button.dataset.status = card.node.dataset.status; } };
  });
}

const showPicker = () => {
  const users = [...entries.values()].map(({ user }) => user);
  for (const panel of [redis, events]) panel.setUsers(users);
};

function wireForm() {
  const form = /** @type {HTMLFormElement} */ (document.getElementById('add-user'));
  const input = /** @type {HTMLInputElement} */ (document.getElementById('new-user'));
  const type = /** @type {HTMLSelectElement} */ (document.getElementById('new-user-device'));
  const error = /** @type {HTMLElement} */ (document.getElementById('add-error'));
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    error.textContent = '';
    try {
      await addUser(input.value.trim(), type.value);
      input.value = '';
    } catch (problem) {
      error.textContent = /** @type {Error} */ (problem).message;
    }
  });
}

async function start() {
  fillDrawer(/** @type {HTMLElement} */ (document.getElementById('drawer')), [frames, events, redis]);
  wireForm();
  every(TICK_MS, () => {
    const now = Date.now();
    for (const { user, card } of entries.values()) { user.tick(now); card.tick(now); }
    redis.tick(now);
  });
  for (const { userId, type } of storedUsers()) {
    await addUser(userId, type).catch((problem) => {
      const error = document.getElementById('add-error');
      if (error) error.textContent = `${userId} could not sign in: ${problem.message}`;
    });
  }
}

start();

/** The panel of what Redis says of a user: the projection, read again and again while somebody looks at it. */
import { el, keyed, setText, uid } from '../dom.js';
import { ApiError, redisOf } from './api.js';
import { redisTable } from './redis-table.js';

/** @typedef {import('./user.js').DemoUser} DemoUser */

const REFRESH_MS = 2000;
/** After a change: several fall together, and Redis follows a moment later. */
const SOON_MS = 150;
/** Changes of which Redis learns nothing. */
const UNTOLD = ['chat'];
const SOURCE = { embedded: 'the embedded Redis', rest: 'Redis over REST' };
const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false });

/**
 * `setUsers` says who may be chosen, `changed` that something of a user is new,
 * `tick` that time passes: nothing else makes it read.
 *
 * @returns {import('./drawer.js').Panel & {setUsers: (users: DemoUser[]) => void, changed: (user: DemoUser, part: string) => void, tick: (now: number) => void}}
 */
export function redisPanel() {
  const view = panelView(() => restart());
  /** @type {Map<string, DemoUser>} */
  let users = new Map();
  let reading = false;
  let nextAt = 0;
  const chosen = () => users.get(view.picker.value);

  const restart = () => {
    view.clear(chosen()?.userId);
    nextAt = 0;
  };
  const read = async (/** @type {DemoUser} */ user) => {
    reading = true;
    nextAt = Date.now() + REFRESH_MS;
    try {
      const said = await redisOf(user.userId, await user.token());
      if (user === chosen()) view.show(said);
    } catch (error) {
      if (user !== chosen()) return;
      view.complain(error);
      // Only a restart of the server switches it on again: whoever knows of one opens the panel anew.
      if (isOff(error)) nextAt = Infinity;
    } finally {
      reading = false;
    }
  };
  const changed = (/** @type {DemoUser} */ user, /** @type {string} */ part) => {
    if (user !== chosen() || UNTOLD.includes(part) || nextAt === Infinity) return;
    nextAt = Math.min(nextAt, Date.now() + SOON_MS);
  };
  const setUsers = (/** @type {DemoUser[]} */ list) => {
    const before = chosen();
    users = new Map(list.map((user) => [user.userId, user]));
    view.setChoice([...users.keys()]);
    if (chosen() !== before) restart();
  };
  const tick = (/** @type {number} */ now) => {
    if (view.body.hidden || document.hidden) return;
    view.tick(now);
    const user = chosen();
    if (user && !reading && now >= nextAt) read(user);
  };
  return { title: 'What Redis says', body: view.body, toggled: (open) => open && restart(), setUsers, changed, tick };
}

/** Whether this server has no Redis. @param {unknown} error */
const isOff = (error) => error instanceof ApiError && error.status === 404;

/** What of it is to be seen. @param {() => void} picked */
function panelView(picked) {
  const picker = el('select', { id: uid('redis-user'), oninput: picked });
  const about = el('span', { class: 'muted', 'data-redis': 'about' });
  const notice = el('p', { class: 'panel-notice', role: 'status' });
  const empty = el('p', { class: 'hint', hidden: true });
  const table = redisTable();
  const list = el('div', { class: 'redis-list panel-list', role: 'region', 'aria-label': 'Keys', tabIndex: 0 }, empty, table.node);
  const body = el('section', { id: uid('redis'), class: 'redis', 'aria-label': 'What Redis says', hidden: true },
    el('div', { class: 'panel-bar' },
      el('span', { class: 'field' }, el('label', { for: picker.id }, 'About'), picker), about,
      el('span', { class: 'muted' }, el('code', {}, 'presence:*'), ' is what others see, ', el('code', {}, 'ws:*'), ' the truth')),
    notice, list);
  const showKeys = (/** @type {string} */ userId, /** @type {import('./redis-table.js').Entry[]} */ keys) => {
    setText(empty, `Redis has no key that speaks of ${userId}.`);
    empty.hidden = keys.length > 0;
    table.node.hidden = keys.length === 0;
    table.show(userId, keys);
  };
  const clear = (/** @type {string | undefined} */ userId) => {
    table.clear();
    table.node.hidden = true;
    empty.hidden = Boolean(userId);
    setText(empty, 'There is nobody in this page.');
    for (const node of [about, notice]) setText(node, '');
    body.classList.remove('stale');
  };
  const show = (/** @type {Awaited<ReturnType<typeof redisOf>>} */ { userId, source, asOf, keys }) => {
    setText(about, `${SOURCE[source]}, ${clock.format(Date.parse(asOf))}`);
    setText(notice, '');
    body.classList.remove('stale');
    showKeys(userId, keys);
  };
  // What was last read stays, since it is what a reader of Redis would go by.
  const complain = (/** @type {any} */ error) => {
    setText(notice, explain(error));
    body.classList.add('stale');
  };
  const setChoice = (/** @type {string[]} */ userIds) => keyed(picker, userIds, (userId) => userId, (userId) =>
    ({ node: el('option', { value: userId }, userId), update: () => {} }));
  return { body, picker, clear, show, complain, setChoice, tick: table.tick };
}

/** @param {any} error */
function explain(error) {
  if (isOff(error)) return 'Redis is off on this server: REDIS_REFRESH is “off”.';
  if (error instanceof ApiError && error.code === 'unavailable') return 'Redis is away. Sockets and REST go on without it, and it is told all anew when it is back.';
  return `Redis could not be asked: ${error?.message ?? error}`;
}

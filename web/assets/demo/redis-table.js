/** The keys of Redis as a table: what each holds, and how long it has to live. */
import { el, flash, keyed, setText } from '../dom.js';

/** @typedef {{key: string, type: string, ttl: number | null, value: string | string[] | true | null}} Entry */

const MARKED_MS = 1600;
const MEMBERS_SHOWN = 50;
const TIMES = /:last_active$/;
const moment = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium', hour12: false });

/** `show` takes a new reading, `tick` lets the times to live run down between two of them. */
export function redisTable() {
  const caption = el('caption', { class: 'sr-only' });
  const body = el('tbody', { role: 'rowgroup' });
  // The roles are said again, since a table that is laid out as blocks loses them in some browsers.
  const node = el('table', { class: 'redis-table', role: 'table' }, caption,
    el('thead', { role: 'rowgroup' }, el('tr', { role: 'row' },
      ...['Key', 'Type', 'TTL', 'Value'].map((name) => el('th', { scope: 'col', role: 'columnheader' }, name)))), body);
  /** @type {Set<ReturnType<typeof keyRow>>} */
  let rows = new Set();
  // What stands there from the first is not news.
  let first = true;

  const clear = () => {
    keyed(body, [], String, keyRow);
    rows = new Set();
    first = true;
  };
  const show = (/** @type {string} */ userId, /** @type {Entry[]} */ entries) => {
    setText(caption, `What Redis says of ${userId}`);
    keyed(body, entries, ({ key }) => key, ({ key }) => {
      const row = keyRow(key, userId, !first);
      rows.add(row);
      return row;
    });
    for (const row of rows) if (!row.node.isConnected) rows.delete(row);
    first = false;
  };
  const tick = (/** @type {number} */ now) => { for (const row of rows) row.tick(now); };
  return { node, clear, show, tick };
}

/** @param {string} key @param {string} userId @param {boolean} news whether it came while somebody looked */
function keyRow(key, userId, news) {
  const [type, ttl] = ['redis-type', 'redis-ttl'].map((name) => el('td', { class: name, role: 'cell' }));
  const value = el('pre');
  const time = el('span', { class: 'redis-time' });
  const node = el('tr', { role: 'row', 'data-key': key },
    el('th', { scope: 'row', role: 'rowheader' }, ...parts(key)), type, ttl,
    el('td', { class: 'redis-value', role: 'cell' }, value, time));
  /** @type {string | undefined} */
  let shown;
  /** @type {number | null} */
  let until = null;
  const tick = (/** @type {number} */ now) => setText(ttl, until === null ? 'none' : countdown(until - now));
  const update = (/** @type {Entry} */ entry) => {
    const now = Date.now();
    const text = written(entry, userId);
    const renewed = until !== null && entry.ttl !== null && now + entry.ttl * 1000 > until + 2000;
    until = entry.ttl === null ? null : now + entry.ttl * 1000;
    setText(type, entry.type);
    setText(value, text);
    setText(time, TIMES.test(key) ? moment.format(Number(entry.value)) : '');
    tick(now);
    if (shown === undefined ? news : shown !== text) mark(node);
    else if (renewed) mark(ttl);
    shown = text;
  };
  return { node, update, tick };
}

/** A key may break after each colon, so that it need not break within a word. @param {string} key @returns {(Node | string)[]} */
const parts = (key) => key.split(/(?<=:)/).flatMap((part, at) => (at ? [el('wbr'), part] : [part]));

/** @type {WeakMap<HTMLElement, number>} */
const marks = new WeakMap();

/** Shows for a moment that something changed: without motion as a plain colour, hence the timer. @param {HTMLElement} node */
function mark(node) {
  clearTimeout(marks.get(node));
  flash(node, 'changed');
  marks.set(node, setTimeout(() => node.classList.remove('changed'), MARKED_MS));
}

/** @param {Entry} entry @param {string} userId */
function written({ type, value }, userId) {
  if (value === null) return `a ${type}, where another type belongs`;
  if (value === true) return `has ${userId}`;
  if (typeof value === 'string') return pretty(value);
  const more = value.length - MEMBERS_SHOWN;
  return [...value.slice(0, MEMBERS_SHOWN), ...(more > 0 ? [`… and ${more} more`] : [])].join('\n');
}

/** JSON in lines; any other text as it is. @param {string} text */
function pretty(text) {
  if (!/^[[{]/.test(text)) return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/** "58 s", "59 min 58 s", "23 h 59 min". @param {number} ms */
function countdown(ms) {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 120 ? `${minutes} min ${seconds % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

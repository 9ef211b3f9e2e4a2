/** The panel of raw frames: what really went over each socket. */
import { el, setText, uid } from '../dom.js';

const KEPT = 400;
const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3, hour12: false });

/** @typedef {{userId: string, device: string, direction: "in"|"out", data: string, at: number}} Frame */

/** @returns {import('./drawer.js').Panel & {add: (frame: Frame) => void}} */
export function framesPanel() {
  /** @type {Frame[]} */
  const frames = [];
  const total = el('span', { class: 'count', 'data-count': '0' }, '0');
  const list = el('ol', { class: 'frame-list panel-list', tabIndex: 0, 'aria-label': 'Frames' });
  const bar = toolbar(() => redraw(), () => { frames.length = 0; redraw(); });
  const body = el('section', { id: uid('frames'), 'aria-label': 'Raw frames', hidden: true }, bar.node, list);
  let counted = 0;

  /** Whether the reader looks at the end, and so wants to follow it. */
  const atEnd = () => list.scrollHeight - list.scrollTop - list.clientHeight < 40;
  const append = (/** @type {Frame} */ frame) => {
    list.append(frameRow(frame));
    while (list.childElementCount > KEPT) list.firstElementChild.remove();
  };
  const redraw = () => {
    if (body.hidden) return;
    list.replaceChildren(...frames.filter(bar.matches).map(frameRow));
    list.scrollTop = list.scrollHeight;
  };
  const add = (/** @type {Frame} */ frame) => {
    counted += 1;
    total.dataset.count = String(counted);
    setText(total, String(counted));
    bar.know(frame.userId);
    if (bar.paused()) return;
    frames.push(frame);
    if (frames.length > KEPT) frames.shift();
    if (body.hidden || !bar.matches(frame)) return;
    const follow = atEnd();
    append(frame);
    if (follow) list.scrollTop = list.scrollHeight;
  };
  return { title: 'Raw frames', extra: total, body, toggled: redraw, add };
}

/**
 * The filters. `matches` reads them, `know` adds a user to the choice.
 *
 * @param {() => void} changed @param {() => void} clear
 */
function toolbar(changed, clear) {
  const user = el('select', { id: uid('frames-user') }, el('option', { value: '' }, 'everyone'));
  const direction = el('select', { id: uid('frames-direction') },
    el('option', { value: '' }, 'both ways'), el('option', { value: 'out' }, 'sent'), el('option', { value: 'in' }, 'received'));
  const text = el('input', { id: uid('frames-text'), type: 'search', placeholder: 'contains…', autocomplete: 'off' });
  const beats = el('input', { id: uid('frames-beats'), type: 'checkbox' });
  const pause = el('button', { type: 'button', class: 'button small', 'aria-pressed': 'false', onclick: () => {
    pause.setAttribute('aria-pressed', String(pause.getAttribute('aria-pressed') === 'false'));
  } }, 'Pause');
  for (const input of [user, direction, text, beats]) input.addEventListener('input', changed);
  const known = new Set();
  const know = (/** @type {string} */ userId) => {
    if (known.has(userId)) return;
    known.add(userId);
    user.append(el('option', { value: userId }, userId));
  };
  const matches = (/** @type {Frame} */ frame) =>
    (!user.value || frame.userId === user.value) && (!direction.value || frame.direction === direction.value)
    && (beats.checked || frame.data !== '\n') && (!text.value || frame.data.includes(text.value));
  const labelled = (/** @type {string} */ label, /** @type {any} */ input) => el('span', { class: 'field' }, el('label', { for: input.id }, label), input);
  const node = el('div', { class: 'panel-bar' }, labelled('User', user), labelled('Direction', direction),
    labelled('Filter', text), labelled('Heartbeats', beats), pause,
    el('button', { type: 'button', class: 'button small', onclick: clear }, 'Clear'));
  return { node, matches, know, paused: () => pause.getAttribute('aria-pressed') === 'true' };
}

/** @param {Frame} frame */
function frameRow({ userId, device, direction, data, at }) {
  const beat = data === '\n';
  const sent = direction === 'out';
  const body = el('pre', {});
  return el('li', { class: `frame ${direction}`, 'data-frame-user': userId },
    el('details', { ontoggle: () => setText(body, pretty(data)) },
      el('summary', {}, el('span', { class: 'frame-time' }, clock.format(at)),
        el('span', { class: 'frame-who' }, `${userId} · ${device}`),
        el('span', { class: 'frame-arrow' }, sent ? '→' : '←', el('span', { class: 'sr-only' }, sent ? 'sent' : 'received')),
        el('code', {}, beat ? '"\\n" heartbeat' : data)), body));
}

/** @param {string} data */
function pretty(data) {
  return data === '\n' ? 'one line feed: the platform answers it without waking the object' : JSON.stringify(JSON.parse(data), null, 2);
}

/** The panel of raw frames: what really went over each socket. */
import { el, setText, uid } from '../dom.js';
import { labelled, tailList, tailRow } from './tail-list.js';

/** @typedef {{userId: string, device: string, direction: "in"|"out", data: string, at: number}} Frame */

/** @returns {import('./drawer.js').Panel & {add: (frame: Frame) => void}} */
export function framesPanel() {
  const total = el('span', { class: 'count', 'data-count': '0' }, '0');
  const bar = toolbar(() => list.redraw(), () => list.clear());
  const list = tailList({ label: 'Frames', row: frameRow, matches: bar.matches, shown: () => !body.hidden });
  const body = el('section', { id: uid('frames'), 'aria-label': 'Raw frames', hidden: true }, bar.node, list.node);
  let counted = 0;

  const add = (/** @type {Frame} */ frame) => {
    counted += 1;
    total.dataset.count = String(counted);
    setText(total, String(counted));
    bar.know(frame.userId);
    if (!bar.paused()) list.add(frame);
  };
  return { title: 'Raw frames', extra: total, body, toggled: list.redraw, add };
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
  const node = el('div', { class: 'panel-bar' }, labelled('User', user), labelled('Direction', direction),
    labelled('Filter', text), labelled('Heartbeats', beats), pause,
    el('button', { type: 'button', class: 'button small', onclick: clear }, 'Clear'));
  return { node, matches, know, paused: () => pause.getAttribute('aria-pressed') === 'true' };
}

/** @param {Frame} frame */
function frameRow({ userId, device, direction, data, at }) {
  const sent = direction === 'out';
  return tailRow({
    at,
    who: `${userId} · ${device}`,
    mark: el('span', { class: 'frame-arrow' }, sent ? '→' : '←', el('span', { class: 'sr-only' }, sent ? 'sent' : 'received')),
    line: data === '\n' ? '"\\n" heartbeat' : data,
    detail: () => pretty(data),
    attributes: { class: `frame ${direction}`, 'data-frame-user': userId },
  });
}

/** @param {string} data */
function pretty(data) {
  return data === '\n' ? 'one line feed: the platform answers it without waking the object' : JSON.stringify(JSON.parse(data), null, 2);
}

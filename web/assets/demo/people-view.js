/** The people whom a user watches, as that user sees them. */
import { el, flash, icon, keyed, setText, span, uid } from '../dom.js';

/** How a status reads. @type {Record<string, string>} */
export const STATUS_LABEL = { ONLINE: 'Online', AWAY: 'Away', BUSY: 'Busy', OFFLINE: 'Offline', INVISIBLE: 'Invisible' };

/** A letter on a colour that goes with the name. @param {string} userId */
export function avatar(userId) {
  const hue = [...userId].reduce((sum, letter) => sum + (letter.codePointAt(0) ?? 0), 0) % 8;
  return el('span', { class: `avatar hue-${hue}`, 'aria-hidden': 'true' },
    [...userId][0]?.toUpperCase(), el('span', { class: 'dot' }));
}

/** @param {import('./user.js').DemoUser} user @param {(error: unknown) => void} complain */
export function peopleView(user, complain) {
  const list = el('ul', { class: 'people', 'aria-label': `People that ${user.userId} watches` });
  const empty = el('p', { class: 'hint' }, 'Watching nobody yet.');
  const stale = el('span', { hidden: true }, ': as last seen');
  const node = el('section', { class: 'section' }, el('h3', {}, 'Watching', stale), list, empty, watchForm(user, complain));
  const update = () => {
    empty.hidden = user.people.size > 0;
    node.classList.toggle('stale', !user.via);
    stale.hidden = Boolean(user.via);
    keyed(list, user.people.entries(), ([userId]) => userId, ([userId]) => personRow(user, userId, complain));
  };
  const tick = (/** @type {number} */ now) => {
    for (const time of list.querySelectorAll('time')) setText(time, activity(time, now));
  };
  return { node, update, tick };
}

/** @param {HTMLTimeElement} time @param {number} now */
function activity(time, now) {
  return time.dateTime ? `active ${span(now - Date.parse(time.dateTime))} ago` : '';
}

/** @param {import('./user.js').DemoUser} user @param {string} userId @param {(error: unknown) => void} complain */
function personRow(user, userId, complain) {
  const status = el('span', { class: 'person-status' });
  const message = el('span', { class: 'person-message' });
  const devices = el('span', { class: 'person-devices' });
  const time = el('time');
  const version = el('span', { class: 'version', title: 'Version of this presence: a client ignores what is not newer' });
  const remove = el('button', {
    class: 'icon-button', type: 'button', 'aria-label': `Stop watching ${userId}`, title: 'Stop watching',
    onclick: () => user.unwatch(userId).catch(complain),
  }, icon('close'));
  const node = el('li', { class: 'person', 'data-person': userId }, avatar(userId),
    el('div', { class: 'person-text' },
      el('div', { class: 'person-line' }, el('strong', {}, userId), status, devices),
      message,
      el('div', { class: 'person-line muted' }, time, version)),
    remove);
  let shown = -1;
  const update = (/** @type {[string, any]} */ [, presence]) => {
    if (!presence || presence.version === shown) return;
    node.dataset.status = presence.status;
    node.dataset.version = presence.version;
    setText(status, STATUS_LABEL[presence.status] ?? presence.status);
    setText(message, presence.message ? `“${presence.message}”` : '');
    setText(version, `v${presence.version}`);
    time.dateTime = presence.lastActiveAt ?? '';
    setText(time, activity(time, Date.now()));
    devices.replaceChildren(...(presence.devices ?? []).map(deviceIcon));
    if (shown >= 0) flash(node, 'changed');
    shown = presence.version;
  };
  return { node, update };
}

/** @param {{type: string, status: string}} device */
function deviceIcon({ type, status }) {
  const label = status === 'AWAY' ? `${type}, away` : type;
  return el('span', { class: `device-icon ${status === 'AWAY' ? 'away' : ''}`, role: 'img', 'aria-label': label, title: label }, icon(type));
}

/** @param {import('./user.js').DemoUser} user @param {(error: unknown) => void} complain */
function watchForm(user, complain) {
  const id = uid('watch');
  const input = el('input', { id, type: 'text', required: true, maxLength: 128, autocomplete: 'off', placeholder: 'user id', spellcheck: false });
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    user.watch([input.value.trim()]).then(() => { input.value = ''; }, complain);
  };
  return el('form', { class: 'inline-form', onsubmit: submit },
    el('label', { for: id, class: 'sr-only' }, `User that ${user.userId} should watch`), input,
    el('button', { type: 'submit', class: 'button quiet' }, 'Watch'));
}

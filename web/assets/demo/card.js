/** One user's card: who they are, what they set, and the sections below. */
import { el, icon, setText, uid } from '../dom.js';
import { chatView } from './chat-view.js';
import { devicesView } from './devices-view.js';
import { STATUS_LABEL, avatar, peopleView } from './people-view.js';

const SETTABLE = ['ONLINE', 'AWAY', 'BUSY', 'INVISIBLE'];

/**
 * @param {import('./user.js').DemoUser} user
 * @param {() => void} remove called when the user is to leave the page
 */
export function userCard(user, remove) {
  const error = el('p', { class: 'error', role: 'alert' });
  const complain = (/** @type {any} */ reason) => setText(error, reason?.message ?? String(reason));
  const heading = el('h2', { id: uid('user') }, user.userId);
  const summary = el('span', { class: 'summary muted' });
  const picker = statusPicker(user, complain);
  const devices = devicesView(user, complain);
  const people = peopleView(user, complain);
  const chat = chatView(user, complain);
  const node = el('article', { class: 'card', 'data-user': user.userId, 'aria-labelledby': heading.id, tabIndex: -1 },
    el('header', { class: 'card-head' }, avatar(user.userId), el('div', { class: 'card-title' }, heading, summary),
      el('button', { type: 'button', class: 'icon-button', 'aria-label': `Remove ${user.userId} from this page`, title: 'Remove from this page', onclick: remove }, icon('close'))),
    error, picker.node, devices.node, people.node, chat.node);
  const showSummary = () => {
    const live = user.devices.filter(({ client }) => client.state === 'live').length;
    const status = STATUS_LABEL[user.own.status] ?? user.own.status;
    node.dataset.status = user.present ? user.own.status : 'OFFLINE';
    const away = user.present ? `out of reach, still ${status.toLowerCase()} to others` : 'not connected';
    setText(summary, live ? `${status} on ${live} ${live === 1 ? 'device' : 'devices'}` : away);
  };
  /** @type {Record<string, () => void>} */
  const updates = {
    devices: () => { devices.update(); people.update(); showSummary(); },
    people: () => { people.update(); chat.updatePeople(); },
    chat: chat.update,
    status: () => { picker.update(); showSummary(); },
  };
  user.addEventListener('change', (event) => updates[/** @type {CustomEvent} */ (event).detail.part]?.());
  // A complaint stands until the user does the next thing.
  for (const act of ['click', 'change', 'submit']) node.addEventListener(act, () => setText(error, ''), true);
  for (const update of Object.values(updates)) update();
  const tick = (/** @type {number} */ now) => { devices.tick(now); people.tick(now); };
  return { node, tick };
}

/** @param {import('./user.js').DemoUser} user @param {(error: unknown) => void} complain */
function statusPicker(user, complain) {
  const name = uid('status');
  const radios = SETTABLE.map((value) => el('input', { type: 'radio', name, value, id: `${name}-${value}` }));
  const message = el('input', { id: uid('message'), type: 'text', maxLength: 256, autocomplete: 'off', placeholder: 'what you are up to' });
  const chosen = () => radios.find(({ checked }) => checked)?.value ?? 'ONLINE';
  const set = () => user.setStatus(chosen(), message.value.trim()).catch((error) => { update(); complain(error); });
  const update = () => {
    for (const radio of radios) radio.checked = radio.value === user.own.status;
    if (document.activeElement !== message) message.value = user.own.message;
  };
  const node = el('form', { class: 'status-form', onsubmit: (/** @type {Event} */ event) => { event.preventDefault(); set(); } },
    el('fieldset', { class: 'segments', onchange: set }, el('legend', { class: 'sr-only' }, `Status of ${user.userId}`),
      ...radios.flatMap((radio) => [radio, el('label', { for: radio.id, 'data-status': radio.value }, el('span', { class: 'dot' }), STATUS_LABEL[radio.value])])),
    el('div', { class: 'inline-form' },
      el('label', { for: message.id, class: 'sr-only' }, `Status message of ${user.userId}`), message,
      el('button', { type: 'submit', class: 'button quiet' }, 'Set')));
  return { node, update };
}

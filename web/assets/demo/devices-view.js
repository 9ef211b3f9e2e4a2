/** A user's devices and sessions, with the buttons that break them. */
import { closeMeaning } from '../close-codes.js';
import { el, icon, keyed, setIcon, setText, uid } from '../dom.js';
import { ring } from '../ring.js';

const TYPES = ['web', 'mobile', 'desktop', 'tablet', 'tv', 'bot', 'other'];
/** @typedef {import('./device.js').Device} Device */

/** @param {import('./user.js').DemoUser} user @param {(error: unknown) => void} complain */
export function devicesView(user, complain) {
  const list = el('ul', { class: 'devices', 'aria-label': `Devices of ${user.userId}` });
  const others = el('ul', { class: 'devices', 'aria-label': `Other sessions of ${user.userId}` });
  const node = el('section', { class: 'section' }, el('h3', {}, 'Devices'), list, others, addForm(user));
  /** @type {Set<{node: HTMLElement, tick: (now: number) => void}>} */
  const rows = new Set();
  const ticking = (/** @type {any} */ row) => {
    rows.add(row);
    return row;
  };
  const update = () => {
    keyed(list, user.devices, ({ id }) => id, (device) => ticking(deviceRow(user, device, complain)));
    keyed(others, user.otherSessions, ({ sessionId }) => sessionId, (session) => ticking(elsewhereRow(user, session, complain)));
    for (const row of rows) if (!row.node.isConnected) rows.delete(row);
  };
  const tick = (/** @type {number} */ now) => { for (const row of rows) row.tick(now); };
  return { node, update, tick };
}

/** @param {import('./user.js').DemoUser} user @param {Device} device @param {(error: unknown) => void} complain */
function deviceRow(user, device, complain) {
  const { client } = device;
  const clock = ring();
  const text = el('span', { class: 'device-text' });
  const badge = el('span', { class: 'badge', hidden: true }, 'resumed');
  const act = (/** @type {string} */ label, /** @type {string} */ hint, /** @type {() => any} */ action, /** @type {string[]} */ ...phases) => ({
    phases,
    node: el('button', { type: 'button', class: 'button small', title: hint, onclick: action, 'aria-label': `${label}: ${user.userId}, ${device.name}` }, label),
  });
  const buttons = [
    act('Drop the network', 'Close the socket without saying goodbye, and stay away', () => client.dropNetwork(), 'live', 'silent'),
    act('Go silent', 'Keep the socket open, but send no heartbeat and ignore what comes', () => client.goSilent(), 'live'),
    act('Wake up', 'Come back and resume the session', () => client.wake(), 'silent'),
    act('Reconnect', 'Come back and resume the session, if it is still there', () => client.connect(), 'grace'),
    act('Sign in again', 'Begin a new session', () => client.connect(), 'ended'),
    act('Leave', 'Say goodbye: the session ends at once', () => client.leave(), 'live'),
    act('Sign out this device', 'Revoke the session on the server, which closes the socket with 4003', () => user.signOut(device.sessionId).catch(complain), 'live', 'silent', 'grace'),
    act('Remove', 'Take the device out of this card', () => user.removeDevice(device), 'ended', 'connecting'),
  ];
  const node = el('li', { class: 'device', 'data-device': device.type },
    el('div', { class: 'device-head' }, icon(device.type), el('strong', {}, device.name), badge, clock.node, text),
    el('div', { class: 'device-actions' }, ...buttons.map((button) => button.node)));
  const tick = (/** @type {number} */ now) => {
    const countdown = device.countdown();
    clock.show(countdown && (countdown.deadline - now) / countdown.total);
    setText(text, describe(device, countdown?.deadline, now));
  };
  const update = () => {
    const { phase } = device;
    if (node.dataset.phase !== phase) moveFocus(buttons, phase);
    node.dataset.phase = phase;
    node.dataset.session = device.sessionId ?? '';
    badge.hidden = !(phase === 'live' && device.detail.resumed);
    tick(Date.now());
  };
  return { node, update, tick };
}

/**
 * Shows the buttons of a phase. Hiding the one that has the focus would send a
 * keyboard user back to the top of the page, so the focus goes to the first
 * button that stays.
 *
 * @param {{phases: string[], node: HTMLElement}[]} buttons @param {string} phase
 */
function moveFocus(buttons, phase) {
  const focused = buttons.find(({ node }) => node === document.activeElement);
  for (const { phases, node } of buttons) node.hidden = !phases.includes(phase);
  if (focused?.node.hidden) buttons.find(({ node }) => !node.hidden)?.node.focus();
}

/** @param {Device} device @param {number | undefined} deadline @param {number} now */
function describe({ phase, detail, client }, deadline, now) {
  const left = deadline === undefined ? '' : seconds(deadline - now);
  const over = deadline !== undefined && deadline <= now;
  switch (phase) {
    case 'connecting': return detail.state === 'waiting' ? away(detail, now) : 'connecting…';
    case 'live': return 'connected';
    case 'silent': return over ? 'silent: time is up' : `silent: expires in ${left}`;
    case 'grace': return `${away(detail, now)}${!left ? '' : over ? ': grace is over' : `: grace ends in ${left}`}`;
    default: return client.state === 'ended' ? ending(detail) : 'grace over: session ended';
  }
}

/** A countdown never shows 0 before its time. @param {number} ms */
const seconds = (ms) => `${Math.max(0, Math.ceil(ms / 1000))} s`;

/** @param {any} detail @param {number} now */
function away({ state, retryAt }, now) {
  return state === 'waiting' ? `lost, next try in ${seconds(retryAt - now)}` : 'network dropped';
}

/** @param {any} detail */
function ending({ code, reason }) {
  if (!code) return reason === 'left' ? 'left' : 'signed out';
  return `${code}: ${closeMeaning(code).reason}`;
}

/** A session that no device in this card holds. @param {import('./user.js').DemoUser} user @param {any} first @param {(error: unknown) => void} complain */
function elsewhereRow(user, first, complain) {
  const symbol = icon(first.device?.type ?? 'other');
  const text = el('span', { class: 'device-text' });
  const name = first.device?.name || first.device?.type || 'session';
  const node = el('li', { class: 'device elsewhere', 'data-session': first.sessionId },
    el('div', { class: 'device-head' }, symbol, el('strong', {}, name), text),
    el('div', { class: 'device-actions' }, el('button', {
      type: 'button', class: 'button small', 'aria-label': `Sign out: ${user.userId}, ${name} elsewhere`,
      onclick: () => user.signOut(first.sessionId).catch(complain),
    }, 'Sign out this device')));
  let session = first;
  const tick = (/** @type {number} */ now) => {
    const left = seconds(Date.parse(session.expiresAt) - now);
    setText(text, session.connected ? 'in another tab or place' : `connection lost: grace ends in ${left}`);
  };
  const update = (/** @type {any} */ newer) => {
    session = newer;
    setIcon(symbol, session.device?.type ?? 'other');
    tick(Date.now());
  };
  return { node, update, tick };
}

/** @param {import('./user.js').DemoUser} user */
function addForm(user) {
  const id = uid('device');
  const select = el('select', { id }, ...TYPES.map((type) => el('option', { value: type, selected: type === 'mobile' }, type)));
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    user.addDevice(select.value);
  };
  return el('form', { class: 'inline-form', onsubmit: submit },
    el('label', { for: id, class: 'sr-only' }, `Kind of device to add for ${user.userId}`), select,
    el('button', { type: 'submit', class: 'button quiet' }, 'Add device'));
}

/** The conversation as one user sees it: messages, typing dots, and a composer. */
import { el, icon, keyed, setText, uid } from '../dom.js';

const TYPING_REPEAT_MS = 3000;
const TYPING_PAUSE_MS = 2500;
const EVERYONE = '';
const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });

/** @param {import('./user.js').DemoUser} user @param {(error: unknown) => void} complain */
export function chatView(user, complain) {
  // The page announces messages once for all cards; a live log in each would repeat them.
  const log = el('ol', { class: 'log', role: 'log', 'aria-live': 'off', 'aria-label': `Messages of ${user.userId}`, tabIndex: 0 });
  const empty = el('p', { class: 'hint' }, 'Nothing said yet.');
  const typing = el('p', { class: 'typing' }, el('span', { class: 'typing-text' }),
    el('span', { class: 'dots', 'aria-hidden': 'true' }, el('i'), el('i'), el('i')));
  const composer = composerForm(user, complain);
  const node = el('section', { class: 'section chat' }, el('h3', {}, 'Messages'), empty, log, typing, composer.node);
  let shown = 0;
  const update = () => {
    empty.hidden = user.messages.length > 0;
    log.hidden = !empty.hidden;
    keyed(log, user.messages, ({ key }) => key, (message) => bubble(user, message));
    if (user.messages.length !== shown) log.scrollTop = log.scrollHeight;
    shown = user.messages.length;
    const names = [...user.typing.keys()];
    typing.classList.toggle('on', names.length > 0);
    setText(typing.firstChild, names.length ? `${names.join(', ')} ${names.length > 1 ? 'are' : 'is'} typing` : '');
  };
  return { node, update, updatePeople: composer.update };
}

/** @param {import('./user.js').DemoUser} user @param {import('./user.js').DemoUser["messages"][number]} message */
function bubble(user, { from, to, text, at }) {
  const own = from === user.userId;
  const note = el('span', { class: 'note' });
  const head = own ? `to ${to.join(', ')}` : from;
  const node = el('li', { class: own ? 'bubble own' : 'bubble', 'data-from': from },
    el('span', { class: 'bubble-head' }, `${head} · ${clock.format(at)}`),
    el('span', { class: 'bubble-text' }, text), note);
  return { node, update: (/** @type {any} */ message) => setText(note, message.note) };
}

/** @param {import('./user.js').DemoUser} user @param {(error: unknown) => void} complain */
function composerForm(user, complain) {
  const to = el('select', { id: uid('to') });
  const text = el('input', { id: uid('text'), type: 'text', maxLength: 2000, autocomplete: 'off', placeholder: 'Say something' });
  const recipients = () => (to.value === EVERYONE ? [...user.people.keys()] : [to.value]);
  const typing = typingSignal(user, recipients);
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    const content = text.value.trim();
    if (!content) return;
    if (!recipients().length) return complain(new Error('there is nobody to write to: watch somebody first'));
    if (!user.via) return complain(new Error(`${user.userId} has no connected device`));
    text.value = '';
    typing.stop();
    user.sendMessage(recipients(), content).catch(complain);
  };
  text.addEventListener('input', () => (text.value ? typing.keep() : typing.stop()));
  text.addEventListener('blur', () => typing.stop());
  const node = el('form', { class: 'composer', onsubmit: submit },
    el('label', { for: to.id, class: 'sr-only' }, `Recipient of ${user.userId}’s message`), to,
    el('label', { for: text.id, class: 'sr-only' }, `Message from ${user.userId}`), text,
    el('button', { type: 'submit', class: 'button primary square', 'aria-label': `Send as ${user.userId}` }, icon('send')));
  const update = () => keyed(to, [EVERYONE, ...user.people.keys()], (id) => id, (id) => (
    { node: el('option', { value: id }, id === EVERYONE ? 'everyone' : id), update: () => {} }));
  update();
  return { node, update };
}

/**
 * Says "typing" at the first key and again every few seconds while it goes on,
 * and "stopped" after a pause: a signal for each key would be noise.
 *
 * @param {import('./user.js').DemoUser} user @param {() => string[]} recipients
 */
function typingSignal(user, recipients) {
  let saidAt = 0;
  let pause = 0;
  const stop = () => {
    clearTimeout(pause);
    if (saidAt) user.tellTyping(recipients(), false);
    saidAt = 0;
  };
  const keep = () => {
    clearTimeout(pause);
    pause = setTimeout(stop, TYPING_PAUSE_MS);
    if (Date.now() - saidAt < TYPING_REPEAT_MS) return;
    saidAt = Date.now();
    user.tellTyping(recipients(), true);
  };
  return { keep, stop };
}

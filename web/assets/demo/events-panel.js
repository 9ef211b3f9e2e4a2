/** The panel of events: what other systems read from Kafka, by the live tail of the embedded one. */
import { el, setText, uid } from '../dom.js';
import { labelled, tailList, tailRow } from './tail-list.js';

/** @typedef {import('./user.js').DemoUser} DemoUser */
/** @typedef {{topic: string, partition: number, offset: number, key_text?: string, value_json?: any}} Message a record as the tail tells it */
/** @typedef {{topic: string, place: string, event: any}} Entry */

const TAIL = '/embedded/kafka/topics?follow=true&from=earliest';

/** @returns {import('./drawer.js').Panel & {setUsers: (users: DemoUser[]) => void}} */
export function eventsPanel() {
  /** @type {Set<string>} */
  let here = new Set();
  const total = el('span', { class: 'count', 'data-count': '0' }, '0');
  const notice = el('p', { class: 'panel-notice', role: 'status' });
  const bar = toolbar(() => list.redraw(), () => list.clear());
  const matches = (/** @type {Entry} */ entry) => (bar.all() || here.has(entry.event.subject)) && bar.matches(entry);
  const list = tailList({ label: 'Events', row: eventRow, matches, shown: () => !body.hidden });
  const body = el('section', { id: uid('events'), class: 'events', 'aria-label': 'Events', hidden: true }, bar.node, notice, list.node);
  let counted = 0;
  const tail = follow((/** @type {Message} */ { topic, partition, offset, value_json: event }) => {
    if (!event?.type) return;
    counted += 1;
    total.dataset.count = String(counted);
    setText(total, String(counted));
    list.add({ topic, place: `partition ${partition}, offset ${offset}`, event });
  }, (/** @type {string} */ text) => setText(notice, text));
  const setUsers = (/** @type {DemoUser[]} */ users) => {
    here = new Set(users.map(({ userId }) => userId));
    list.redraw();
  };
  // Opened once it goes on, so that the count beside the title is right; a server without such a log is asked anew.
  const toggled = (/** @type {boolean} */ open) => {
    if (open) tail.start();
    list.redraw();
  };
  return { title: 'Events', extra: total, body, toggled, setUsers };
}

/**
 * Follows the log. The browser comes back by itself, after the event that it saw last.
 *
 * @param {(message: Message) => void} heard @param {(text: string) => void} say
 */
function follow(heard, say) {
  /** @type {EventSource | undefined} */
  let source;
  const start = () => {
    if (source && source.readyState !== EventSource.CLOSED) return;
    source = new EventSource(TAIL);
    source.onopen = () => say('');
    source.onmessage = ({ data }) => heard(JSON.parse(data));
    source.onerror = () => say(source?.readyState === EventSource.CLOSED
      ? 'This server has no embedded Kafka: KAFKA_REST_URL names another one, or KAFKA_REST_API is “off”.'
      : 'The log cannot be read just now. Trying again.');
  };
  return { start };
}

/** @param {() => void} changed @param {() => void} clear */
function toolbar(changed, clear) {
  const who = el('select', { id: uid('events-who') }, el('option', { value: '' }, 'of this page'), el('option', { value: 'all' }, 'everybody'));
  const topic = el('select', { id: uid('events-topic') }, el('option', { value: '' }, 'all'),
    ...['presence', 'session', 'subscription', 'message'].map((name) => el('option', { value: name }, name)));
  const text = el('input', { id: uid('events-text'), type: 'search', placeholder: 'a word…', autocomplete: 'off' });
  for (const input of [who, topic, text]) input.addEventListener('input', changed);
  const matches = (/** @type {Entry} */ { event }) =>
    (!topic.value || event.type.startsWith(`rollcall.${topic.value}.`)) && (!text.value || JSON.stringify(event).includes(text.value));
  const node = el('div', { class: 'panel-bar' }, labelled('People', who), labelled('Kind', topic), labelled('Containing', text),
    el('button', { type: 'button', class: 'button small', onclick: clear }, 'Clear'));
  return { node, matches, all: () => who.value === 'all' };
}

/** @param {Entry} entry */
function eventRow({ topic, place, event }) {
  const number = Number(event.sequence);
  return tailRow({
    at: Date.parse(event.time),
    who: `${event.subject} · ${number}`,
    line: event.type,
    detail: () => `${topic}, ${place}\n${JSON.stringify(event, null, 2)}`,
    attributes: { class: 'frame', 'data-event': event.type, 'data-subject': event.subject, 'data-sequence': String(number) },
  });
}

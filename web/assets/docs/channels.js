/** Sockets and events: the channels of `/asyncapi.json`, each with its messages. */
import { breakable, el } from '../dom.js';
import { messageView } from './message.js';
import { prose, resolve } from './schema.js';

/**
 * @typedef {{key: string, channel: any, sent: Set<string>, said: Set<string>}} Channel `sent` by clients, `said` by Rollcall: keys of messages
 * @typedef {{id: string, title: string, description?: string, channels: Channel[]}} Group
 */

/** @param {any} reference @returns {string} */
const last = (reference) => reference.$ref.split('/').pop() ?? '';

/**
 * The channels by server, in the order of the document's tags.
 *
 * @param {any} document
 * @returns {Group[]}
 */
export function channelGroups(document) {
  const channels = Object.entries(document.channels ?? {}).map(([key, channel]) => ({ key, channel, ...directions(document, key) }));
  const tags = (document.info?.tags ?? []).map((/** @type {any} */ tag) => tag.name);
  const place = (/** @type {any} */ server) => tags.indexOf(server.tags?.[0]?.name);
  return Object.entries(document.servers ?? {}).sort(([, a], [, b]) => place(a) - place(b)).map(([id, server]) => ({
    id: `server-${id}`, title: server.title ?? id, description: server.description,
    channels: channels.filter(({ channel }) => (channel.servers ?? []).some((/** @type {any} */ one) => last(one) === id)).sort(clientsFirst),
  })).filter(({ channels: some }) => some.length > 0);
}

/** What one sends stands before what one hears; otherwise by address. @param {Channel} a @param {Channel} b */
function clientsFirst(a, b) {
  return Number(b.sent.size > 0) - Number(a.sent.size > 0) || a.channel.address.localeCompare(b.channel.address);
}

/** Who says which message of a channel; a reply goes the other way. @param {any} document @param {string} key */
function directions(document, key) {
  const [sent, said] = [new Set(), new Set()];
  const isHere = (/** @type {any} */ one) => one?.channel && last(one.channel) === key;
  const note = (/** @type {Set<string>} */ where, /** @type {any[]} */ messages = []) => messages.forEach((one) => where.add(last(one)));
  for (const operation of Object.values(document.operations ?? {})) {
    const [there, back] = operation.action === 'receive' ? [sent, said] : [said, sent];
    if (isHere(operation)) note(there, operation.messages);
    if (isHere(operation.reply)) note(back, operation.reply.messages);
  }
  return { sent, said };
}

/** The id of a channel in the page. @param {Channel} channel */
export const channelAnchor = ({ key }) => `channel-${key}`;

/** @param {Channel} channel @param {boolean} isKafka */
const verbs = ({ sent, said }, isKafka) => [sent.size > 0 && 'send', said.size > 0 && (isKafka ? 'consume' : 'receive')].filter(Boolean);

/** @param {any} document @param {Group} group */
export function groupView(document, group) {
  const isKafka = group.id === 'server-kafka';
  return el('section', { 'aria-labelledby': group.id }, el('h2', { id: group.id }, group.title), prose(group.description),
    ...group.channels.map((channel) => channelView(document, channel, isKafka)));
}

/** In how many channels a message stands. @param {any} document @param {string} key */
const spread = (document, key) => Object.values(document.channels).filter(({ messages }) => messages?.[key]).length;

/** @param {any} document @param {Channel} entry @param {boolean} isKafka */
function channelView(document, entry, isKafka) {
  const { channel, sent, said } = entry;
  const query = channel.bindings?.ws?.query;
  const messages = Object.entries(channel.messages ?? {}).map(([key, message]) => ({ key, message: resolve(document, message) }));
  // What stands in for events in every topic comes after the events.
  if (isKafka) messages.sort((a, b) => spread(document, a.key) - spread(document, b.key));
  const part = (/** @type {string} */ title, /** @type {string} */ direction, /** @type {Set<string>} */ keys) => {
    const some = messages.filter(({ key }) => keys.has(key));
    return some.length > 0 && [el('h3', {}, title), ...some.map(({ key, message }) => messageView(document, { id: `${entry.key}-${direction}-${key}`, message, direction }))];
  };
  return el('details', { class: 'operation channel', id: channelAnchor(entry) },
    el('summary', {}, ...verbs(entry, isKafka).map((verb) => el('span', { class: `direction ${verb}` }, verb)), el('code', {}, ...breakable(channel.address)),
      el('span', { class: 'muted operation-summary' }, channel.title ?? '')),
    el('div', { class: 'operation-body' }, prose(channel.description),
      isKafka && el('p', { class: 'hint' }, 'The key of each record is the user id, as plain bytes.'),
      query && el('p', { class: 'hint' }, 'In the query, all optional: ', ...Object.keys(query.properties ?? {}).flatMap((name, at) => [...(at ? [', '] : []), el('code', {}, name)]), '.'),
      ...[part('You send', 'send', sent), part(isKafka ? 'You consume' : 'You receive', isKafka ? 'consume' : 'receive', said)].filter(Boolean).flat()));
}

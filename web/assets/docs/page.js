/** Renders `/openapi.json` as a page, with a way to try it, and behind it the sockets and events of `/asyncapi.json`. */
import { breakable, el } from '../dom.js';
import { anchorOf, openTarget } from './anchor.js';
import { channelAnchor, channelGroups, groupView } from './channels.js';
import { errorCodes, errorsView } from './errors.js';
import { operationView } from './operation.js';
import { prose, schemaView } from './schema.js';
import { tokenBox } from './try-it.js';

const METHODS = ['get', 'post', 'put', 'patch', 'delete', 'head', 'options'];

/**
 * @typedef {{method: string, path: string, operation: any, parameters: any[]}} Entry
 */

/**
 * The operations in the order of the document, under the tags' own order.
 *
 * @param {any} document
 * @returns {Map<string, Entry[]>}
 */
function byTag(document) {
  /** @type {Map<string, Entry[]>} */
  const groups = new Map((document.tags ?? []).map((/** @type {any} */ tag) => [tag.name, []]));
  for (const [path, item] of Object.entries(document.paths ?? {})) {
    for (const method of METHODS) {
      const operation = item[method];
      if (!operation) continue;
      const tag = operation.tags?.[0] ?? 'Other';
      const parameters = [...(item.parameters ?? []), ...(operation.parameters ?? [])];
      groups.set(tag, [...(groups.get(tag) ?? []), { method, path, operation, parameters }]);
    }
  }
  for (const [tag, entries] of groups) if (!entries.length) groups.delete(tag);
  return groups;
}

/** @param {any} document @param {Map<string, Entry[]>} groups @param {import('./channels.js').Group[]} streams */
function contents(document, groups, streams) {
  // On a narrow screen the contents stand above the reference: only their headings then.
  const open = matchMedia('(min-width: 861px)').matches;
  const group = ([/** @type {string} */ tag, /** @type {Entry[]} */ entries]) => el('details', { open }, el('summary', {}, tag),
    el('ul', {}, ...entries.map((entry) => el('li', {},
      el('a', { href: `#${anchorOf(entry)}` }, el('span', { class: `method ${entry.method}` }, entry.method.toUpperCase()), ...breakable(entry.path))))));
  const stream = (/** @type {import('./channels.js').Group} */ { title, channels }) => el('details', { open }, el('summary', {}, title),
    el('ul', {}, ...channels.map((channel) => el('li', {}, el('a', { href: `#${channelAnchor(channel)}` }, ...breakable(channel.channel.address))))));
  const codes = errorCodes(document).map(({ code }) => el('li', {}, el('a', { href: `#${code}` }, code)));
  return [...[...groups].map(group), ...streams.map(stream), codes.length > 0 && el('details', {}, el('summary', {}, 'Errors'), el('ul', {}, ...codes))].filter(Boolean);
}

/** @param {any} document @param {any} events the description of sockets and events @param {import('./channels.js').Group[]} streams */
function render(document, events, streams) {
  const groups = byTag(document);
  const token = tokenBox();
  const section = ([/** @type {string} */ tag, /** @type {Entry[]} */ entries]) => {
    const about = (document.tags ?? []).find((/** @type {any} */ one) => one.name === tag)?.description;
    return el('section', {}, el('h2', {}, tag), prose(about), ...entries.map((entry) => operationView(document, entry, token)));
  };
  // What both describe they describe alike.
  const schemas = Object.entries({ ...document.components?.schemas, ...events.components?.schemas }).sort(([a], [b]) => a.localeCompare(b));
  const schema = ([/** @type {string} */ name, /** @type {any} */ body]) => el('details', { class: 'operation', id: `schema-${name}` },
    el('summary', {}, el('code', {}, name)), el('div', { class: 'operation-body' }, schemaView(document, body)));
  return [
    el('h1', {}, document.info?.title ?? 'API', ' ', el('small', { class: 'muted' }, document.info?.version ?? '')),
    prose(document.info?.description), token.node, ...[...groups].map(section), ...streams.map((group) => groupView(events, group)), errorsView(document, [...groups.values()].flat()),
    schemas.length > 0 && el('section', {}, el('h2', {}, 'Schemas'), ...schemas.map(schema)),
  ];
}

/** @param {string} path */
async function read(path) {
  const response = await fetch(path);
  if (!response.ok) throw new Error(`${path}: the server answered ${response.status}`);
  return response.json();
}

async function start() {
  const main = /** @type {HTMLElement} */ (document.getElementById('reference'));
  const loading = /** @type {HTMLElement} */ (document.getElementById('loading'));
  try {
    const [description, events] = await Promise.all([read('/openapi.json'), read('/asyncapi.json')]);
    const streams = channelGroups(events);
    document.getElementById('contents')?.append(...contents(description, byTag(description), streams));
    main.replaceChildren(...render(description, events, streams).filter(Boolean));
  } catch (error) {
    loading.textContent = `The descriptions cannot be read: ${/** @type {Error} */ (error).message}`;
    return;
  }
  window.addEventListener('hashchange', openTarget);
  openTarget();
}

start();

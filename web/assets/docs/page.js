/** Renders `/openapi.json` as a page: what there is, and a way to try it. */
import { breakable, el } from '../dom.js';
import { anchorOf, openTarget } from './anchor.js';
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

/** @param {any} document @param {Map<string, Entry[]>} groups */
function contents(document, groups) {
  // On a narrow screen the contents stand above the reference: only their headings then.
  const open = matchMedia('(min-width: 861px)').matches;
  const group = ([/** @type {string} */ tag, /** @type {Entry[]} */ entries]) => el('details', { open }, el('summary', {}, tag),
    el('ul', {}, ...entries.map((entry) => el('li', {},
      el('a', { href: `#${anchorOf(entry)}` }, el('span', { class: `method ${entry.method}` }, entry.method.toUpperCase()), ...breakable(entry.path))))));
  const codes = errorCodes(document).map(({ code }) => el('li', {}, el('a', { href: `#${code}` }, code)));
  return [...[...groups].map(group), codes.length > 0 && el('details', {}, el('summary', {}, 'Errors'), el('ul', {}, ...codes))].filter(Boolean);
}

/** @param {any} document */
function render(document) {
  const groups = byTag(document);
  const token = tokenBox();
  const section = ([/** @type {string} */ tag, /** @type {Entry[]} */ entries]) => {
    const about = (document.tags ?? []).find((/** @type {any} */ one) => one.name === tag)?.description;
    return el('section', {}, el('h2', {}, tag), prose(about), ...entries.map((entry) => operationView(document, entry, token)));
  };
  const schemas = Object.entries(document.components?.schemas ?? {});
  const schema = ([/** @type {string} */ name, /** @type {any} */ body]) => el('details', { class: 'operation', id: `schema-${name}` },
    el('summary', {}, el('code', {}, name)), el('div', { class: 'operation-body' }, schemaView(document, body)));
  return [
    el('h1', {}, document.info?.title ?? 'API', ' ', el('small', { class: 'muted' }, document.info?.version ?? '')),
    prose(document.info?.description), token.node, ...[...groups].map(section), errorsView(document, [...groups.values()].flat()),
    schemas.length > 0 && el('section', {}, el('h2', {}, 'Schemas'), ...schemas.map(schema)),
  ];
}

async function start() {
  const main = /** @type {HTMLElement} */ (document.getElementById('reference'));
  const loading = /** @type {HTMLElement} */ (document.getElementById('loading'));
  try {
    const response = await fetch('/openapi.json');
    if (!response.ok) throw new Error(`the server answered ${response.status}`);
    const description = await response.json();
    document.getElementById('contents')?.append(...contents(description, byTag(description)));
    main.replaceChildren(...render(description).filter(Boolean));
  } catch (error) {
    loading.textContent = `/openapi.json cannot be read: ${/** @type {Error} */ (error).message}`;
    return;
  }
  window.addEventListener('hashchange', openTarget);
  openTarget();
}

start();

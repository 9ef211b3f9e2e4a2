/** The error codes, each at the anchor that the `type` of its problem details names: `/docs#<code>`. */
import { breakable, el } from '../dom.js';
import { anchorOf } from './anchor.js';
import { prose, resolve } from './schema.js';

/** A line of the registry as the description of the codes has it: "`code` (status): Title." */
const LINE = /^`(\w+)` \((\d{3})\): (.+)$/gm;

/**
 * @param {any} document
 * @returns {{code: string, status: string, title: string}[]}
 */
export function errorCodes(document) {
  const { enum: codes = [], description = '' } = document.components?.schemas?.ErrorCode ?? {};
  const said = new Map([...description.matchAll(LINE)].map(([, code, status, title]) => [code, { status, title }]));
  return codes.map((/** @type {string} */ code) => ({ code, status: '', title: '', ...said.get(code) }));
}

/** @param {any} document @param {import('./page.js').Entry[]} entries */
export function errorsView(document, entries) {
  const codes = errorCodes(document);
  if (!codes.length) return null;
  const users = usersOf(document, entries);
  return el('section', {}, el('h2', { id: 'errors' }, 'Errors'),
    prose('The `code` of a refusal, over HTTP and on sockets. The `type` of problem details leads here. The statuses are those of HTTP.'),
    ...codes.map((one) => errorView(one, users.get(one.code) ?? [])));
}

/** @param {{code: string, status: string, title: string}} error @param {import('./page.js').Entry[]} entries */
function errorView({ code, status, title }, entries) {
  const link = (/** @type {import('./page.js').Entry} */ entry) => el('li', {},
    el('a', { href: `#${anchorOf(entry)}` }, el('span', { class: `method ${entry.method}` }, entry.method.toUpperCase()), ' ', el('code', {}, ...breakable(entry.path))));
  const operations = entries.length > 0
    ? [el('h3', {}, 'Answered by'), el('ul', { class: 'error-operations' }, ...entries.map(link))]
    : [el('p', { class: 'hint' }, 'No operation of this page answers it: it is said on sockets.')];
  return el('details', { class: 'operation', id: code },
    el('summary', {}, el('span', { class: 'status bad' }, status), el('code', {}, code), el('span', { class: 'muted operation-summary' }, title)),
    el('div', { class: 'operation-body' }, ...operations));
}

/** The operations that may answer each code. @param {any} document @param {import('./page.js').Entry[]} entries */
function usersOf(document, entries) {
  /** @type {Map<string, import('./page.js').Entry[]>} */
  const users = new Map();
  for (const entry of entries) {
    const responses = Object.values(entry.operation.responses ?? {});
    const codes = new Set(responses.flatMap((response) => problemCodes(document, resolve(document, response))));
    for (const code of codes) users.set(code, [...(users.get(code) ?? []), entry]);
  }
  return users;
}

/**
 * The `code`s that a refusal may carry: an extension, the names of its
 * examples, or the values that its schema allows.
 *
 * @param {any} document @param {any} response
 * @returns {string[]}
 */
export function problemCodes(document, response) {
  const said = response['x-problem-codes'] ?? response['x-codes'];
  if (said) return [said].flat();
  const problem = response.content?.['application/problem+json'];
  if (!problem) return [];
  const examples = [problem.example, ...Object.values(problem.examples ?? {}).map((/** @type {any} */ one) => resolve(document, one).value)];
  const fromExamples = examples.map((one) => one?.code).filter(Boolean);
  if (fromExamples.length) return [...new Set(fromExamples)];
  const inline = problem.schema?.properties ?? Object.assign({}, ...(problem.schema?.allOf ?? []).map((/** @type {any} */ part) => part.properties));
  const code = inline.code ?? {};
  return code.const ? [code.const] : (code.enum ?? []);
}

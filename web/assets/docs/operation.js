/** One operation of the API: what it takes, what it answers, and a form to try it. */
import { breakable, el } from '../dom.js';
import { anchorOf } from './anchor.js';
import { problemCodes } from './errors.js';
import { fieldView, prose, resolve, schemaView } from './schema.js';
import { tryForm } from './try-it.js';

/**
 * @param {any} document
 * @param {import('./page.js').Entry} entry
 * @param {{value: () => string}} token
 */
export function operationView(document, entry, token) {
  const { method, path, operation } = entry;
  const parameters = entry.parameters.map((parameter) => resolve(document, parameter));
  const body = operation.requestBody && resolve(document, operation.requestBody);
  return el('details', { class: 'operation', id: anchorOf(entry) },
    el('summary', {}, el('span', { class: `method ${method}` }, method.toUpperCase()), el('code', {}, ...breakable(path)),
      el('span', { class: 'muted operation-summary' }, operation.summary ?? '')),
    el('div', { class: 'operation-body' }, operation.deprecated && el('p', { class: 'error' }, 'Deprecated.'), prose(operation.description),
      parameters.length > 0 && el('h3', {}, 'Parameters'), parameters.length > 0 && parameterList(parameters),
      body && el('h3', {}, body.required ? 'Body, required' : 'Body'), body && prose(body.description), body && contentView(document, body.content),
      el('h3', {}, 'Answers'), el('ul', { class: 'answers' }, ...Object.entries(operation.responses ?? {}).map(([status, response]) => answer(document, status, resolve(document, response)))),
      el('h3', {}, 'Try it'), tryForm(document, { method, path, parameters, body }, token)));
}

/** @param {any[]} parameters */
function parameterList(parameters) {
  return el('ul', { class: 'schema' }, ...parameters.map((parameter) => fieldView({ ...parameter, place: parameter.in })));
}

/** @param {any} document @param {Record<string, any>} [content] */
function contentView(document, content = {}) {
  return el('div', {}, ...Object.entries(content).map(([type, { schema }]) =>
    el('div', {}, el('p', { class: 'hint' }, type), schema && schemaView(document, schema))));
}

/** @param {any} document @param {string} status @param {any} response */
function answer(document, status, response) {
  const kind = status.startsWith('2') ? 'good' : 'bad';
  const codes = problemCodes(document, response);
  const headers = Object.keys(response.headers ?? {});
  return el('li', {}, el('details', {},
    el('summary', {}, el('span', { class: `status ${kind}` }, status), ' ', response.description ?? '',
      ...codes.map((code) => el('code', { class: 'code' }, code))),
    headers.length > 0 && el('p', { class: 'hint' }, `Headers: ${headers.join(', ')}`), contentView(document, response.content)));
}

/** One message of a channel: its fields as a table, and an example. */
import { el } from '../dom.js';
import { fieldsOf } from './fields.js';
import { limits, prose, typeOf } from './schema.js';

/** @param {any} document @param {{id: string, message: any, direction: string}} entry */
export function messageView(document, { id, message, direction }) {
  const rows = fieldsOf(document, message.payload);
  const headers = fieldsOf(document, message.headers);
  const example = message.examples?.[0]?.payload;
  return el('details', { class: 'message', id: `message-${id}` },
    el('summary', {}, el('code', {}, message.name), ' ', el('span', { class: 'muted operation-summary' }, message.title ?? '')),
    el('div', { class: 'message-body' }, prose(message.summary),
      headers.length > 0 && table('Headers', headers), rows.length > 0 ? table('Fields', rows) : el('p', { class: 'hint' }, 'The body: ', ...typeOf(message.payload)),
      example !== undefined && el('h4', { id: `example-${id}` }, 'Example'),
      example !== undefined && el('pre', { class: 'output example', tabIndex: 0, role: 'region', 'aria-labelledby': `example-${id}`, 'data-direction': direction }, typeof example === 'string' ? JSON.stringify(example) : JSON.stringify(example, null, 2))));
}

/** @param {string} caption @param {import('./fields.js').Field[]} rows */
function table(caption, rows) {
  const heading = (/** @type {string} */ text) => el('th', { scope: 'col' }, text);
  return el('table', { class: 'fields' }, el('caption', {}, caption),
    el('thead', {}, el('tr', {}, heading('Field'), heading('Type'), heading('What it says'))),
    el('tbody', {}, ...rows.map(row)));
}

/** @param {import('./fields.js').Field} field */
function row({ path, schema, required }) {
  const bounds = limits(schema);
  return el('tr', {}, el('th', { scope: 'row' }, el('code', { class: 'field-name' }, path), required && el('span', { class: 'required' }, ' required')),
    el('td', {}, ...typeOf(schema)), el('td', {}, prose(schema?.description), bounds && el('p', { class: 'hint' }, bounds)));
}

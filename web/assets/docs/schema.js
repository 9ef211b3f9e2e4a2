/** JSON schemas and short texts as DOM. */
import { el } from '../dom.js';

const DEEPEST = 6;

/**
 * What a `$ref` points at, following chains of them.
 *
 * @param {any} document @param {any} node
 * @returns {any}
 */
export function resolve(document, node) {
  let found = node;
  for (let hops = 0; found?.$ref && hops < 10; hops += 1) {
    const path = found.$ref.replace(/^#\//, '').split('/');
    found = path.reduce((/** @type {any} */ at, /** @type {string} */ key) => at?.[key.replaceAll('~1', '/').replaceAll('~0', '~')], document);
  }
  return found ?? {};
}

/** Paragraphs, with `code` set as code: the little of Markdown that descriptions here use. @param {string} [text] */
export function prose(text) {
  if (!text) return null;
  const paragraph = (/** @type {string} */ part) => el('p', {}, ...part.split(/`([^`]+)`/).map((piece, at) => (at % 2 ? el('code', {}, piece) : piece)));
  return el('div', { class: 'prose' }, ...text.trim().split(/\n\s*\n/).map(paragraph));
}

/** @param {any} schema @returns {string | undefined} */
const refName = (schema) => schema?.$ref?.split('/').pop();

/**
 * A type in a few words: `string (date-time)`, `array of Session`, `"a" | "b"`.
 *
 * @param {any} schema
 * @returns {(Node | string)[]}
 */
export function typeOf(schema) {
  if (schema === undefined || schema === true) return ['anything'];
  const name = refName(schema);
  if (name) return [el('a', { href: `#schema-${name}` }, name)];
  if (schema.const !== undefined) return [JSON.stringify(schema.const)];
  if (schema.enum) return [schema.enum.map((/** @type {any} */ one) => JSON.stringify(one)).join(' | ')];
  const choices = schema.oneOf ?? schema.anyOf ?? schema.allOf;
  if (choices) return choices.flatMap((/** @type {any} */ one, /** @type {number} */ at) => [...(at ? [schema.allOf ? ' and ' : ' or '] : []), ...typeOf(one)]);
  const type = [schema.type ?? 'anything'].flat().join(' | ');
  if (schema.items) return [`${type} of `, ...typeOf(schema.items)];
  return [schema.format ? `${type} (${schema.format})` : type];
}

/** What a value must keep to, in words. @param {any} schema */
export function limits(schema) {
  const said = {
    minLength: 'at least {} characters', maxLength: 'at most {} characters', minimum: '≥ {}', maximum: '≤ {}',
    minItems: 'at least {} items', maxItems: 'at most {} items', pattern: 'matches {}', default: 'default {}',
  };
  return Object.entries(said).filter(([key]) => schema?.[key] !== undefined)
    .map(([key, text]) => text.replace('{}', key === 'pattern' ? schema[key] : JSON.stringify(schema[key]))).join(', ');
}

/** One named value: a property or a parameter. @param {{name: string, required?: boolean, schema: any, description?: string, place?: string}} field @param {...any} more */
export function fieldView({ name, required, schema, description, place }, ...more) {
  const bounds = limits(schema);
  return el('li', { class: 'schema-field' },
    el('div', {}, el('code', { class: 'field-name' }, name), ' ', el('span', { class: 'muted' }, ...typeOf(schema)),
      place && el('span', { class: 'muted' }, `, in ${place}`), required && el('span', { class: 'required' }, ' required')),
    bounds && el('div', { class: 'hint' }, bounds), prose(description ?? schema?.description), ...more);
}

/**
 * A schema's fields, nested. References are links, so recursion ends by itself.
 *
 * @param {any} document @param {any} schema @param {number} [depth]
 * @returns {HTMLElement}
 */
export function schemaView(document, schema, depth = 0) {
  const inner = schema?.items ?? schema;
  const choices = inner?.oneOf ?? inner?.anyOf ?? inner?.allOf ?? [];
  const fields = Object.entries(inner?.properties ?? {});
  const nested = (/** @type {any} */ one) => {
    const body = one?.items ?? one;
    return depth < DEEPEST && !body?.$ref && body?.properties ? schemaView(document, body, depth + 1) : null;
  };
  return el('div', { class: 'schema' },
    depth === 0 && el('p', {}, ...typeOf(schema)), depth === 0 && prose(inner?.description),
    fields.length > 0 && el('ul', {}, ...fields.map(([name, one]) => fieldView({ name, schema: one, required: inner.required?.includes(name) }, nested(one)))),
    ...choices.filter((/** @type {any} */ one) => one.properties).map((/** @type {any} */ one) => schemaView(document, one, depth + 1)));
}

/**
 * A value that fits a schema, to start editing from.
 *
 * @param {any} document @param {any} schema @param {number} [depth]
 * @returns {any}
 */
export function sample(document, schema, depth = 0) {
  const one = resolve(document, schema);
  const given = one.example ?? one.examples?.[0] ?? one.default ?? one.const ?? one.enum?.[0];
  if (given !== undefined || depth > DEEPEST) return given ?? null;
  const choice = one.oneOf?.[0] ?? one.anyOf?.[0];
  if (choice) return sample(document, choice, depth + 1);
  const parts = (one.allOf ?? []).map((/** @type {any} */ part) => sample(document, part, depth + 1));
  if (one.properties || parts.length) {
    const wanted = Object.entries(one.properties ?? {}).filter(([name]) => !one.required || one.required.includes(name));
    return Object.assign({}, ...parts, Object.fromEntries(wanted.map(([name, value]) => [name, sample(document, value, depth + 1)])));
  }
  if (one.items) return [sample(document, one.items, depth + 1)];
  return { string: '', integer: 0, number: 0, boolean: false, array: [], object: {} }[String([one.type].flat()[0])] ?? null;
}

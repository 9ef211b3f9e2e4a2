/** The fields of a schema as one list, whatever it is put together from. */
import { resolve } from './schema.js';

const DEEPEST = 3;

/** @typedef {{path: string, schema: any, required: boolean}} Field */

/**
 * The fields of an object; those of objects inside that have no name of their own stand behind them, as `data.reason`.
 *
 * @param {any} document @param {any} schema @param {string} [before] @param {number} [depth]
 * @returns {Field[]}
 */
export function fieldsOf(document, schema, before = '', depth = 0) {
  const { properties, required } = together(document, schema);
  // The documents are sorted by name; people look for what kind of thing it is, and what it must have.
  const rank = (/** @type {string} */ name) => (name === 'type' ? 0 : required.has(name) ? 1 : 2);
  return [...properties].sort(([a], [b]) => rank(a) - rank(b)).flatMap(([name, one]) => {
    const path = `${before}${name}`;
    const isInline = depth < DEEPEST && (one.properties || one.items?.properties);
    const inner = isInline ? fieldsOf(document, one.items ?? one, `${path}${one.items ? '[]' : ''}.`, depth + 1) : [];
    return [{ path, schema: one, required: required.has(name) }, ...inner];
  });
}

/**
 * The properties of a schema and of all that it is put together from. The later ones say more of the same field:
 * that `type` is a constant, what `data` holds.
 *
 * @param {any} document @param {any} schema
 * @returns {{properties: Map<string, any>, required: Set<string>}}
 */
function together(document, schema) {
  const one = resolve(document, schema);
  const parts = (one.allOf ?? []).map((/** @type {any} */ part) => together(document, part));
  const properties = new Map(parts.flatMap((/** @type {any} */ part) => [...part.properties]));
  for (const [name, property] of Object.entries(one.properties ?? {})) properties.set(name, { ...plain(properties.get(name)), ...property });
  const required = new Set([...parts.flatMap((/** @type {any} */ part) => [...part.required]), ...(one.required ?? [])]);
  return { properties, required };
}

/** Words stay when a later part narrows a field. @param {any} [schema] */
const plain = (schema) => (schema?.description ? { description: schema.description } : {});

// Holds a value to a schema of an OpenAPI document: the part of JSON Schema that ours uses, and nothing silently
// ignored: an unknown keyword is an error.

/** Keywords that say something to people and nothing to a value. */
const WORDS = new Set(['description', 'examples', 'default', 'title']);
const KINDS = {
  object: (value) => value !== null && typeof value === 'object' && !Array.isArray(value),
  array: Array.isArray,
  string: (value) => typeof value === 'string',
  integer: Number.isInteger,
  number: (value) => typeof value === 'number',
  boolean: (value) => typeof value === 'boolean',
  null: (value) => value === null,
};
const FORMATS = {
  'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/,
  'uri-reference': /^[^\s]+$/,
};

/** What a `$ref` points at. */
export function resolve(document, node) {
  if (!node?.$ref) return node;
  const keys = node.$ref.replace(/^#\//, '').split('/');
  return resolve(document, keys.reduce((at, key) => at[key], document));
}

/** Each keyword says what is wrong with a value, or nothing. */
const KEYWORDS = {
  type: (_, type, value) => ([type].flat().some((kind) => KINDS[kind](value)) ? [] : [`is no ${type}`]),
  enum: (_, allowed, value) => (allowed.includes(value) ? [] : [`is none of ${allowed.join(', ')}`]),
  const: (_, wanted, value) => (value === wanted ? [] : [`is not ${wanted}`]),
  minLength: (_, least, value) => (value.length >= least ? [] : [`is shorter than ${least}`]),
  maxLength: (_, most, value) => ([...value].length <= most ? [] : [`is longer than ${most}`]),
  pattern: (_, pattern, value) => (new RegExp(pattern).test(value) ? [] : [`does not match ${pattern}`]),
  format: (_, format, value) => (FORMATS[format].test(value) ? [] : [`is no ${format}`]),
  minimum: (_, least, value) => (value >= least ? [] : [`is below ${least}`]),
  maximum: (_, most, value) => (value <= most ? [] : [`is above ${most}`]),
  minItems: (_, least, value) => (value.length >= least ? [] : [`has fewer than ${least}`]),
  maxItems: (_, most, value) => (value.length <= most ? [] : [`has more than ${most}`]),
  items: (document, schema, value) => value.flatMap((one, at) => faults(document, schema, one).map((fault) => `/${at} ${fault}`)),
  required: (_, names, value) => names.filter((name) => !(name in value)).map((name) => `lacks ${name}`),
  properties: (document, schemas, value) =>
    Object.entries(schemas)
      .filter(([name]) => Object.hasOwn(value, name))
      .flatMap(([name, schema]) => faults(document, schema, value[name]).map((fault) => `/${name} ${fault}`)),
  additionalProperties: (document, schema, value, { properties = {} }) =>
    Object.entries(value)
      .filter(([name]) => !(name in properties))
      .flatMap(([name, one]) => faults(document, schema, one).map((fault) => `/${name} ${fault}`)),
  allOf: (document, schemas, value) => schemas.flatMap((schema) => faults(document, schema, value)),
  not: (document, schema, value) => (faults(document, schema, value).length > 0 ? [] : [`fits what it must not: ${JSON.stringify(schema)}`]),
  oneOf: (document, schemas, value) => (schemas.filter((schema) => faults(document, schema, value).length === 0).length === 1 ? [] : ['fits not exactly one']),
};

/** All that is wrong with `value`, as texts. */
export function faults(document, node, value) {
  const schema = resolve(document, node);
  const keywords = Object.entries(schema).filter(([keyword]) => !WORDS.has(keyword));
  // A value of the wrong type is told once: the other keywords would stumble over it.
  const wrongType = schema.type === undefined ? [] : KEYWORDS.type(document, schema.type, value);
  if (wrongType.length > 0) return wrongType;
  return keywords.flatMap(([keyword, argument]) => {
    if (!KEYWORDS[keyword]) throw new Error(`the schema has the unknown keyword ${keyword}`);
    return KEYWORDS[keyword](document, argument, value, schema);
  });
}

/** The members that a value has and its schema does not know, as paths. */
export function strangers(document, node, value) {
  const schema = resolve(document, node);
  if (Array.isArray(value)) return schema.items ? value.flatMap((one) => strangers(document, schema.items, one)) : [];
  if (!KINDS.object(value) || schema.additionalProperties) return [];
  const fitting = (schema.oneOf ?? []).filter((part) => faults(document, part, value).length === 0);
  const parts = [schema, ...[...(schema.allOf ?? []), ...fitting].map((part) => resolve(document, part))];
  const known = Object.assign({}, ...parts.map((part) => part.properties ?? {}));
  const all = parts.flatMap((part) => Object.entries(part.properties ?? {}));
  const inner = all.filter(([name]) => Object.hasOwn(value, name)).flatMap(([name, one]) => strangers(document, one, value[name]).map((path) => `${name}/${path}`));
  return [...Object.keys(value).filter((name) => !(name in known)), ...inner];
}

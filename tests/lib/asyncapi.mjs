// Holds what is said on sockets and in Kafka to the AsyncAPI document.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import Ajv from 'ajv';
import addFormats from 'ajv-formats';
import { resolve } from '../checks/openapi-schema.mjs';

/** The document in the tree; a test holds the served one to it. */
export const asyncapi = JSON.parse(readFileSync(new URL('../../web/asyncapi.json', import.meta.url), 'utf8'));

const { messages } = asyncapi.components;
const ajv = addFormats(new Ajv({ strict: false, allErrors: true })).addSchema(asyncapi, 'asyncapi');

/** A schema and all that it is put together from. */
function parts(node) {
  const schema = resolve(asyncapi, node);
  return [schema, ...[...(schema.allOf ?? []), ...(schema.oneOf ?? []), ...(schema.anyOf ?? [])].flatMap(parts)];
}

/** The members that a value has and its schemas do not know, as paths. Where no schema names a member any will do. */
function strangers(nodes, value) {
  const all = nodes.flatMap(parts);
  if (Array.isArray(value)) {
    const items = all.flatMap(({ items: one }) => one ?? []);
    return value.flatMap((one, at) => strangers(items, one).map((path) => `/${at}${path}`));
  }
  const named = all.flatMap(({ properties }) => properties ?? []);
  if (value === null || typeof value !== 'object' || named.length === 0) return [];
  return Object.entries(value).flatMap(([name, one]) => {
    const known = named.flatMap((properties) => properties[name] ?? []);
    return known.length === 0 ? [`/${name}`] : strangers(known, one).map((path) => `/${name}${path}`);
  });
}

/** What is wrong with `payload` as the message of this key, as texts: also members that are not described. */
export function messageFaults(key, payload) {
  if (!messages[key]) return [`there is no message ${key}`];
  const fits = ajv.getSchema(`asyncapi#/components/messages/${key}/payload`);
  if (!fits(payload)) return fits.errors.map(({ instancePath, message }) => `${key}${instancePath} ${message}`);
  return strangers([messages[key].payload], payload).map((path) => `${key}: ${path} is not described`);
}

/** The one message of a channel that `payload` is. */
export function messageOf(channel, payload) {
  const keys = Object.keys(asyncapi.channels[channel].messages);
  const fitting = keys.filter((key) => messageFaults(key, payload).length === 0);
  const ofItsName = keys.filter((key) => messages[key].name === payload?.type);
  const why = ofItsName.flatMap((key) => messageFaults(key, payload));
  assert.equal(fitting.length, 1, `${channel}: ${fitting.join(', ') || 'nothing'} fits ${JSON.stringify(payload)}: ${why.join('; ')}`);
  return fitting[0];
}

/** Asserts that an event is described, as what it is and, with a `failure`, as a dead letter. */
export function assertDescribed(event) {
  const key = `${event.failure ? 'dead' : 'event'}.${event.type.replace(/^rollcall\./, '')}`;
  assert.deepEqual(messageFaults(key, event), [], JSON.stringify(event));
}

// The examples of docs/events.md: CloudEvents, each type there once, and numbered as consumers count.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { eventOf } from '../lib/events.mjs';

const page = await readFile(new URL('../../docs/events.md', import.meta.url), 'utf8');
const examples = [...page.matchAll(/^```json\n(.*?)^```/gms)].map(([, text]) => text);

test('each example is a valid event, and every type has one', () => {
  const events = examples.map((value) => eventOf({ topic: 'docs/events.md', key: JSON.parse(value).subject, value }));
  const types = new Set(events.map(({ type }) => type.replace('rollcall.', '')));
  const all = [
    'presence.online', 'presence.offline', 'presence.changed', 'session.started', 'session.ended',
    'subscription.created', 'subscription.ended', 'message.sent', 'deadletter', 'truncated',
  ];
  assert.deepEqual([...types].sort(), all.sort());
  const [dead, stand] = [events.find(({ failure }) => failure), events.find(({ type }) => type === 'rollcall.deadletter')];
  assert.deepEqual([dead.id, dead.sequence], [stand.id, stand.sequence], 'the placeholder has the id and sequence of what it stands for');
  const again = events.find(({ replayof }) => replayof);
  assert.equal(again.replayof, dead.id);
});

// What the domain relies on in its storage, checked in the storage of a real object. The same function runs natively.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { request } from '../lib/rest.mjs';
import { useServer } from '../lib/server.mjs';

const server = useServer();

/** `{conforms: true}`, or `{conforms: false, failed: "the check that failed"}`. */
async function check() {
  const answer = await request(server, 'POST', '/dev/conformance');
  assert.equal(answer.status, 200, answer.text);
  assert.equal(typeof answer.body.conforms, 'boolean', answer.text);
  return answer.body;
}

test('the object’s storage conforms to what the domain relies on, fresh and used', async () => {
  for (const state of ['fresh', 'used']) assert.deepEqual(await check(), { conforms: true }, state);
});

test('it conforms after an eviction, and runs at once do not disturb each other', async () => {
  await server.running.evict('~conformance');
  const answers = await Promise.all([check(), check(), check()]);
  assert.deepEqual(answers, answers.map(() => ({ conforms: true })));
});

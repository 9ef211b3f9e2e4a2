// What the domain relies on in its storage, checked in the storage of a real object. The same function runs natively.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { request } from '../lib/rest.mjs';
import { useServer } from '../lib/server.mjs';
import { tokenFor } from '../lib/token.mjs';
import { user } from '../lib/users.mjs';

const server = useServer();

test('the object’s storage conforms to what the domain relies on, fresh and used', async () => {
  for (const state of ['fresh', 'used']) {
    const answer = await request(server, 'POST', '/dev/conformance', { token: tokenFor(user()) });
    assert.equal(answer.status, 200, answer.text);
    assert.deepEqual(answer.body, { conforms: true }, state);
  }
});

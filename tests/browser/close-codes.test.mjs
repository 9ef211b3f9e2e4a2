// What the JavaScript client makes of close codes: needs neither browser nor server.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backoffMs, closeMeaning, retryAfterMs } from '../../web/assets/close-codes.js';

test('a final close code is never followed by a reconnect', () => {
  for (const code of [1000, 1009, 3003, 4000, 4002, 4003, 4004]) assert.equal(closeMeaning(code).retry, 'never', `${code}`);
});

test('an expired token asks for a new one', () => {
  assert.equal(closeMeaning(3000).retry, 'new-token');
});

test('restarts, expiry and losses without a known code are retried', () => {
  for (const code of [1001, 1005, 1006, 1011, 1012, 4001]) assert.equal(closeMeaning(code).retry, 'jittered', `${code}`);
});

test('a rate-limited client waits for as long as the reason says', () => {
  assert.equal(closeMeaning(4029).retry, 'after-delay');
  for (const reason of ['retryAfterMs=1500', '{"retryAfterMs":1500}', 'rate limited; retryAfterMs: 1500']) assert.equal(retryAfterMs(reason), 1500, reason);
  assert.equal(retryAfterMs('rate limited'), undefined);
});

test('back-off is spread over the whole range from the first retry on, doubles, and is capped', () => {
  const range = (attempt) => [0, 0.5, 0.999999].map((value) => backoffMs(attempt, { baseMs: 1000, capMs: 8000, random: () => value }));
  assert.deepEqual(range(0), [0, 500, 1000]);
  assert.deepEqual(range(2), [0, 2000, 4000]);
  assert.deepEqual(range(3), [0, 4000, 8000]);
  assert.deepEqual(range(50), [0, 4000, 8000]);
});

// Health, and the descriptions of the interface.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { request } from '../lib/rest.mjs';
import { ROUTES } from '../lib/seen.mjs';
import { useServer } from '../lib/server.mjs';
import { user } from '../lib/users.mjs';

const server = useServer();
const get = (path) => request(server, 'GET', path);
const METHODS = ['get', 'post', 'put', 'delete', 'patch'];

test('/health/live answers without a token', async () => {
  const answer = await get('/health/live');
  assert.equal(answer.status, 200);
  assert.ok(answer.body, answer.text);
});

test('/health/ready is a real write and read, again and again', async () => {
  for (let round = 0; round < 3; round += 1) {
    const answer = await get('/health/ready');
    assert.equal(answer.status, 200, answer.text);
    assert.ok(answer.body);
  }
});

test('the OpenAPI document is 3.1 and has every documented route', async () => {
  const { status, body: document, headers } = await get('/openapi.json');
  assert.equal(status, 200);
  assert.match(headers.get('content-type'), /json/);
  assert.match(document.openapi, /^3\.1\./);
  const documented = Object.keys(document.paths);
  // Parameter names are the document's own affair.
  const shape = (route) => route.replace(/\{[^}]+\}/g, '{}');
  const shapes = new Set(documented.map(shape));
  const expected = ROUTES.filter((route) => (route.startsWith('/api') && !route.startsWith('/api/events')) || route.startsWith('/health/'));
  assert.deepEqual(expected.filter((route) => !shapes.has(shape(route))), []);
});

test('every route and method of the OpenAPI document exists', async () => {
  const { body: document } = await get('/openapi.json');
  for (const [path, item] of Object.entries(document.paths)) {
    const real = path.replace(/\{[^}]+\}/g, user('x'));
    for (const method of METHODS.filter((name) => item[name])) {
      const answer = await request(server, method.toUpperCase(), real, method === 'get' ? {} : { body: {} });
      const told = `${method} ${path}: ${answer.status} ${answer.text.slice(0, 200)}`;
      assert.ok(answer.status !== 405, told);
      assert.ok(answer.status !== 404 || answer.body?.code === 'session_not_found', told);
      const documented = Object.keys(item[method].responses);
      assert.ok(documented.includes(`${answer.status}`) || documented.includes('default') || documented.includes(`${`${answer.status}`[0]}XX`), `undocumented: ${told}`);
    }
  }
});

test('/docs is a page that renders the description', async () => {
  const answer = await get('/docs');
  assert.equal(answer.status, 200);
  assert.match(answer.headers.get('content-type'), /text\/html/);
  assert.match(answer.text, /openapi\.json/);
});

// Stands between the Worker and a server that speaks the Upstash REST protocol, passes on what it is asked, and
// misbehaves as its rule says.
import { createServer } from 'node:http';

/** Reads a request to its end. */
const bodyOf = async (request) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
};

/** Longer than anybody waits: a byte now and then is no sign that the end is near. */
const TRICKLE_MS = 250;

/**
 * `rule({path, commands})` gives nothing (it is passed on), `{status, body, headers}` (nothing is carried out), or how
 * an answer comes to what is carried out: `'reset'` (not at all, and nothing is carried out), `'lost'` (not at all),
 * `'cut'` (half of its body), `'slow'` (its body byte by byte), `'fewer'` (without the last result), `'huge'` (it says
 * that it is longer than a Worker could hold).
 */
export class RedisProxy {
  rule = () => undefined;
  /** What was asked: `[{at, path, commands, spoiled}]`. */
  requests = [];

  static async start(t, target) {
    const proxy = new RedisProxy();
    proxy.target = target;
    proxy.server = createServer((request, response) => proxy.#serve(request, response).catch(() => request.socket.destroy()));
    await new Promise((resolve) => proxy.server.listen(0, '127.0.0.1', resolve));
    proxy.url = `http://127.0.0.1:${proxy.server.address().port}`;
    t.after(() => proxy.stop());
    return proxy;
  }

  stop() {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(resolve));
  }

  /** How many requests the rule had its way with. */
  get spoiled() {
    return this.requests.filter(({ spoiled }) => spoiled).length;
  }

  async #serve(request, response) {
    const body = await bodyOf(request);
    const asked = { at: Date.now(), path: request.url, commands: JSON.parse(body) };
    const how = this.rule(asked);
    this.requests.push({ ...asked, spoiled: how !== undefined });
    if (how === 'reset') return void request.socket.resetAndDestroy();
    if (how?.status) return void response.writeHead(how.status, how.headers).end(how.body);
    await this.#answer(how, await this.#pass(request, body), response);
  }

  async #pass({ url, headers }, body) {
    const { authorization, 'content-type': type, 'upstash-encoding': encoding } = headers;
    const known = Object.entries({ authorization, 'content-type': type, 'upstash-encoding': encoding }).filter(([, value]) => value);
    const answer = await fetch(`${this.target}${url}`, { method: 'POST', headers: Object.fromEntries(known), body });
    return { status: answer.status, text: await answer.text() };
  }

  async #answer(how, { status, text }, response) {
    if (how === 'lost') return response.socket.destroy();
    const said = how === 'fewer' ? withoutLast(text) : text;
    const length = how === 'huge' ? 64 * 1024 * 1024 : Buffer.byteLength(said);
    response.writeHead(status, { 'content-type': 'application/json', 'content-length': length });
    if (how === 'huge') return void response.write(said);
    if (how === 'cut') return void response.write(said.slice(0, said.length / 2), () => response.socket.destroy());
    if (how === 'slow') return trickle(said, response);
    response.end(said);
  }
}

function withoutLast(text) {
  const results = JSON.parse(text);
  // A single command has but one: there are none then.
  return JSON.stringify(Array.isArray(results) ? results.slice(0, -1) : []);
}

function trickle(text, response) {
  const bytes = Buffer.from(text);
  let at = 0;
  const timer = setInterval(() => {
    response.write(bytes.subarray(at, at + 1));
    at += 1;
    if (at === bytes.length) response.end();
  }, TRICKLE_MS);
  response.once('close', () => clearInterval(timer));
}

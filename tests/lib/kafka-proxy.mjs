// A REST proxy (v2, and v3's `…/records`) under a test's control: keeps what it takes in memory, and does what its rule says to a request.
import { createServer } from 'node:http';

/** Reads a request to its end. */
const bodyOf = async (request) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
};

const CLUSTER = 'of-the-tests';

/** The records of a request of version 3: JSON objects one after the other. */
const ofV3 = (body) => body.trim().split('\n').map((line) => JSON.parse(line)).map(({ key, value, headers }) => ({ key: key.data, value: value.data, headers }));

/**
 * `rule({topic, records, attempt})` gives, or resolves to:
 * nothing (all is taken), `{status, body, headers}` (nothing is taken), `{records: [...]}` (a verdict each: `true` or
 * `{error_code, message}`), `'hang'`, `'reset'`, `'lost'` (all is taken, and the connection breaks).
 */
export class KafkaProxy {
  log = new Map();
  requests = [];
  /** How often it was asked which clusters it has (version 3). */
  clusters = 0;
  rule = () => undefined;

  static async start(t) {
    const proxy = new KafkaProxy();
    proxy.server = createServer((request, response) => proxy.#serve(request, response));
    await new Promise((resolve) => proxy.server.listen(0, '127.0.0.1', resolve));
    proxy.url = `http://127.0.0.1:${proxy.server.address().port}`;
    t.after(() => proxy.stop());
    return proxy;
  }

  stop() {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(resolve));
  }

  async #serve(request, response) {
    const body = await bodyOf(request);
    if (request.url === '/v3/clusters') {
      this.clusters += 1;
      return void this.#say(response, 200, { data: [{ cluster_id: CLUSTER }] });
    }
    const [, v3, topic] = /^\/(v3\/clusters\/of-the-tests\/)?topics\/([^/]+)(?:\/records)?$/.exec(request.url);
    const records = v3 ? ofV3(body) : JSON.parse(body).records;
    this.requests.push({ topic, records: records.length, headers: request.headers, of: records[0].headers });
    const asked = { topic, records: records.map(({ value }) => JSON.parse(Buffer.from(value, 'base64'))) };
    const answer = await this.rule({ ...asked, attempt: this.requests.length });
    if (answer === 'hang') return;
    if (answer === 'reset') return void request.socket.destroy();
    if (answer?.status) return void this.#say(response, answer.status, answer.body, answer.headers);
    const verdicts = answer?.records ?? records.map(() => true);
    const offsets = records.map((record, at) => (verdicts[at] === true ? this.#take(topic, record) : { partition: null, offset: null, ...verdicts[at] }));
    if (answer === 'lost') return void request.socket.destroy();
    const reports = offsets.map(({ partition, offset, error_code = 200, message }) => JSON.stringify({ error_code, message, partition_id: partition, offset }));
    this.#say(response, 200, v3 ? reports.join('\n') : { offsets });
  }

  #take(topic, { key, value }) {
    const log = this.log.get(topic) ?? [];
    this.log.set(topic, log);
    const text = (bytes) => Buffer.from(bytes, 'base64').toString();
    log.push({ topic, partition: 0, offset: log.length, key: text(key), value: text(value) });
    return { partition: 0, offset: log.length - 1 };
  }

  #say(response, status, body, headers = {}) {
    response.writeHead(status, { 'content-type': 'application/vnd.kafka.v2+json', ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  }

  /** As `embeddedKafka` gives them. */
  async records(topic) {
    return this.log.get(topic) ?? [];
  }
}


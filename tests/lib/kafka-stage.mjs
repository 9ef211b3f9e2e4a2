// Stands between the Worker and a REST proxy, passes on what it is asked, and fails as its rule says.
import { createServer } from 'node:http';

const VALUE = (record) => JSON.parse(Buffer.from(record.value, 'base64'));
/** As a bridge says it, and Kafka's own code for what may be sent again. */
const TOO_LARGE = { partition: null, offset: null, error_code: 500, message: 'The message is 2000090 bytes when serialized which is larger than 1048576, which is the value of the max.request.size configuration.' };
const NOT_NOW = { partition: null, offset: null, error_code: 2, message: 'not now' };

/**
 * `rule({topic})` gives, or resolves to: nothing (it is passed on), `{status, body, headers}`, `'hang'`, `'reset'`, or
 * `'lost'` (passed on, and the answer is lost). `refuses(topic, event)`: whether this record is refused for good.
 */
export class KafkaStage {
  rule = () => undefined;
  refuses = () => false;
  /** Requests so far; those that the rule had its way with; those that failed behind; records that were taken. */
  requests = 0;
  spoiled = 0;
  failed = 0;
  taken = 0;
  #under = new Map();

  static async start(t, target) {
    const stage = new KafkaStage();
    stage.target = target;
    stage.server = createServer((request, response) => stage.#serve(request, response).catch(() => request.socket.destroy()));
    await new Promise((resolve) => stage.server.listen(0, '127.0.0.1', resolve));
    stage.url = `http://127.0.0.1:${stage.server.address().port}`;
    t.after(() => stage.stop());
    return stage;
  }

  stop() {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(resolve));
  }

  counts() {
    const { requests, spoiled, failed, taken } = this;
    return { requests, spoiled, failed, taken };
  }

  /** How many requests about a topic are under way behind. */
  under(topic) {
    return this.#under.get(topic) ?? 0;
  }

  async #serve(request, response) {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const topic = request.url.replace('/topics/', '');
    this.requests += 1;
    const answer = await this.rule({ topic });
    if (answer !== undefined) this.spoiled += 1;
    if (answer === 'hang') return;
    if (answer === 'reset') return void request.socket.destroy();
    if (answer?.status) return this.#say(response, answer);
    const { authorization, 'content-type': type } = request.headers;
    const said = await this.#each(topic, JSON.parse(Buffer.concat(chunks)).records, { authorization, 'content-type': type });
    if (answer === 'lost') return void request.socket.destroy();
    this.#say(response, said);
  }

  /** What comes before the first record that is refused is passed on; what comes after it is to be sent again. */
  async #each(topic, records, headers) {
    const at = records.findIndex((record) => this.refuses(topic, VALUE(record)));
    if (at < 0) return this.#pass(topic, records, headers);
    const said = at === 0 ? { status: 200, body: { offsets: [] } } : await this.#pass(topic, records.slice(0, at), headers);
    if (said.body.offsets) said.body.offsets.push(TOO_LARGE, ...records.slice(at + 1).map(() => NOT_NOW));
    return said;
  }

  async #pass(topic, records, headers) {
    this.#under.set(topic, this.under(topic) + 1);
    try {
      const answer = await fetch(`${this.target}/topics/${topic}`, { method: 'POST', headers, body: JSON.stringify({ records }) });
      const body = await answer.json();
      const taken = body.offsets?.filter(({ error_code: code }) => !code).length ?? 0;
      this.taken += taken;
      if (taken < records.length) this.failed += 1;
      return { status: answer.status, body };
    } catch (error) {
      this.failed += 1;
      throw error;
    } finally {
      this.#under.set(topic, this.under(topic) - 1);
    }
  }

  #say(response, { status, body, headers = {} }) {
    response.writeHead(status, { 'content-type': 'application/vnd.kafka.v2+json', ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  }
}

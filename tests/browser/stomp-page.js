// Runs in the page, beside the unmodified bundle of @stomp/stompjs: a user of it, for the test to drive.
/* global StompJs */

/** What was received, and waiting for what is still to come. */
class Received {
  #entries = [];
  #waiting = [];

  push(destination, { body, headers }) {
    const entry = { destination, body: JSON.parse(body), headers };
    const waiter = this.#waiting.findIndex(({ fits }) => fits(entry));
    if (waiter < 0) this.#entries.push(entry);
    else this.#waiting.splice(waiter, 1)[0].resolve(entry);
  }

  next(fits) {
    const at = this.#entries.findIndex(fits);
    if (at >= 0) return Promise.resolve(this.#entries.splice(at, 1)[0]);
    return new Promise((resolve) => this.#waiting.push({ fits, resolve }));
  }
}

/** Connects as the library's documentation shows, with beats from a worker, and subscribes to the queues. */
window.stompUser = async (token, queues) => {
  const url = new URL(`/ws?access_token=${encodeURIComponent(token)}`, location.href);
  url.protocol = url.protocol.replace('http', 'ws');
  const client = new StompJs.Client({ brokerURL: url.href, heartbeatStrategy: StompJs.TickerStrategy.Worker, reconnectDelay: 0 });
  const received = new Received();
  const connected = new Promise((resolve, reject) => {
    client.onConnect = resolve;
    client.onStompError = ({ headers, body }) => reject(new Error(`ERROR ${headers.message}: ${body}`));
    client.onWebSocketClose = ({ code, reason }) => reject(new Error(`closed: ${code} ${reason}`));
  });
  client.activate();
  const { headers } = await connected;
  const receipt = (act) => new Promise((resolve) => {
    const id = crypto.randomUUID();
    client.watchForReceipt(id, resolve);
    act(id);
  });
  for (const queue of queues) await receipt((id) => client.subscribe(queue, (message) => received.push(queue, message), { receipt: id }));
  return {
    headers,
    version: client.connectedVersion,
    /** Sends a command; gives its answer, or throws the refusal. */
    async command(name, body) {
      const id = crypto.randomUUID();
      client.publish({ destination: `/app/${name}`, headers: { 'correlation-id': id }, body: body ? JSON.stringify(body) : '' });
      const answer = await received.next(({ headers: { 'correlation-id': answered }, body: { correlationId } }) => (answered ?? correlationId) === id);
      if (answer.destination === '/user/queue/errors') throw new Error(`${name} was refused: ${JSON.stringify(answer.body)}`);
      return answer.body;
    },
    /** The next body on a queue whose fields are these. Presences that came together are looked through. */
    async next(queue, wanted) {
      const bodies = ({ body }) => body.presences ?? [body];
      const fits = (body) => Object.entries(wanted).every(([field, value]) => body[field] === value);
      const entry = await received.next((one) => one.destination === queue && bodies(one).some(fits));
      return bodies(entry).find(fits);
    },
    /** DISCONNECT with a receipt, and the close that answers it. */
    async leave() {
      const closed = new Promise((resolve) => { client.onWebSocketClose = ({ code }) => resolve(code); });
      await client.deactivate();
      return closed;
    },
  };
};

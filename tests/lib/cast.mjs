// The people of a test: connected by name, and gone when the test ends.
import { JsonClient } from './json-client.mjs';
import { RawStomp } from './raw-stomp.mjs';
import { Rest } from './rest.mjs';
import { StompUser } from './stomp-client.mjs';

/** Connects clients for the test `t` and disposes of them with it. */
export class Cast {
  #clients = [];

  constructor(t, server) {
    this.server = server;
    t.after(() => Promise.all(this.#clients.map((client) => client.dispose())));
  }

  keep(client) {
    this.#clients.push(client);
    return client;
  }

  async json(userId, options) {
    return this.keep(await JsonClient.connect(this.server, userId, options));
  }

  async stomp(userId, options) {
    return this.keep(await StompUser.connect(this.server, userId, options));
  }

  async raw(userId, options) {
    return this.keep(await RawStomp.connect(this.server, userId, options));
  }

  async rawOpen(userId, options) {
    return this.keep(await RawStomp.open(this.server, userId, options));
  }

  /** Any of the kinds by name: `json`, `stompjs`, `webstomp`. */
  connect(kind, userId, options = {}) {
    return kind === 'json' ? this.json(userId, options) : this.stomp(userId, { library: kind, ...options });
  }

  /** Comes back with the resume token of an earlier client. */
  async resume(client, options) {
    return this.keep(await client.resume(options));
  }

  rest(userId, claims) {
    return new Rest(this.server, userId, claims);
  }
}

// A user on an unmodified STOMP library, with the same verbs as the JSON client.
import { Participant, Refused, nextId } from './participant.mjs';
import { freeze, rawSocket, thaw } from './sockets.mjs';
import { STOMP_PROTOCOLS, stompjs, webstompClient } from './stomp-engines.mjs';
import { tokenFor } from './token.mjs';
import { within } from './until.mjs';

/** What each queue carries. */
export const QUEUES = {
  '/user/queue/presence': 'presence',
  '/user/queue/messages': 'message',
  '/user/queue/typing': 'typing',
  '/user/queue/sessions': 'session',
  '/user/queue/replies': 'reply:ok',
  '/user/queue/errors': 'reply:error',
};

const ENGINES = { stompjs, webstomp: webstompClient };

export class StompUser extends Participant {
  /** Each body as it came: `{destination, body}`. */
  bodies = [];
  #unsubscribers = new Map();

  /**
   * Connects, awaits CONNECTED and subscribes to the queues. Options: library (`stompjs` or `webstomp`), token,
   * tokenBy, resume, query, headers, protocols, heartbeat `{outgoing, incoming}`, `queues` (default all).
   */
  static async connect(server, userId, options = {}) {
    const user = new StompUser(server, userId);
    await user.#open(options);
    return user;
  }

  constructor(server, userId) {
    super(userId);
    this.server = server;
  }

  async #open({ library = 'stompjs', token = tokenFor(this.userId), resume, query = {}, protocols = STOMP_PROTOCOLS, heartbeat, queues = Object.keys(QUEUES), ...rest }) {
    const beat = Math.floor(this.server.ttlMs / 4);
    this.socket = rawSocket(this.server, { userId: this.userId, token, protocols, query: { resume, ...query }, ...rest });
    this.socket.on('close', (code, reason) => this.ended(code, `${reason}`));
    this.engine = await ENGINES[library](this.socket, {
      heartbeat: heartbeat ?? { outgoing: beat, incoming: beat },
      connectHeaders: { host: 'rollcall' },
      onError: (frame) => this.heard('ERROR', { headers: frame.headers, text: frame.body }),
    });
    this.connectedHeaders = this.engine.connectedHeaders;
    for (const queue of queues) await this.subscribe(queue, QUEUES[queue]);
  }

  get sessionId() {
    return this.connectedHeaders.session;
  }

  get resumeToken() {
    return this.connectedHeaders['resume-token'];
  }

  /** SUBSCRIBE with a receipt; all that comes is heard as `kind`, with `destination` beside it. */
  async subscribe(destination, kind = 'presence') {
    const [id, receipt] = [nextId(), nextId()];
    const done = this.engine.receipt(receipt);
    const stop = this.engine.subscribe(destination, { id, receipt }, (headers, text) => this.#message(kind, destination, headers, text));
    this.#unsubscribers.set(destination, stop);
    await done;
  }

  /** UNSUBSCRIBE with a receipt. */
  async unsubscribe(destination) {
    const receipt = nextId();
    const done = this.engine.receipt(receipt);
    this.#unsubscribers.get(destination)({ receipt });
    await done;
  }

  #message(kind, destination, headers, text) {
    const body = JSON.parse(text);
    this.bodies.push({ destination, body });
    const correlationId = headers['correlation-id'] ?? body.correlationId;
    this.heard(kind, body, { destination, headers, correlationId });
  }

  /** SENDs a command and gives the body of its reply; an entry of the errors queue is thrown as `Refused`. */
  async command(name, body = {}, { timeout } = {}) {
    const id = nextId();
    const text = Object.keys(body).length === 0 ? '' : JSON.stringify(body);
    this.engine.send(`/app/${name}`, { 'correlation-id': id }, text);
    const reply = await this.inbox.next(
      (entry) => entry.kind.startsWith('reply:') && entry.correlationId === id,
      { timeout, what: `the answer to /app/${name}` },
    );
    if (reply.kind === 'reply:error') throw new Refused(name, reply.body);
    return reply.body;
  }

  /** DISCONNECT, and the close that answers it. */
  async leave() {
    const gone = this.engine.disconnect();
    const close = await this.whenClosed();
    await gone;
    return close;
  }

  goHalfOpen() {
    freeze(this.socket);
  }

  readAgain() {
    thaw(this.socket);
  }

  async terminate() {
    this.socket.terminate();
    return this.whenClosed();
  }

  /** Closes as a browser tab does: a close frame, no DISCONNECT. */
  async close() {
    this.socket.close();
    return this.whenClosed();
  }

  resume(options = {}) {
    return StompUser.connect(this.server, this.userId, { resume: this.resumeToken, ...options });
  }

  async dispose() {
    if (this.socket.readyState === this.socket.CLOSED) return;
    this.socket.terminate();
    await within(this.closed, 'the end of a socket');
  }
}

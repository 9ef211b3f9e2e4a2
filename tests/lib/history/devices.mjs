// A device of a history on the real server: over JSON or STOMP, with all that each of its sockets was told.
import { JsonClient } from '../json-client.mjs';
import { nextId, Refused } from '../participant.mjs';
import { RawStomp } from '../raw-stomp.mjs';

/** What a STOMP device subscribes to as it connects; presence comes when the history says so. */
const QUEUES = ['messages', 'typing', 'sessions', 'replies', 'errors'];
/** Answers to commands: they stand beside what they answer. */
const ANSWERS = new Set(['ok', 'error']);

/** One socket: `client`, `at` (when it was to open), `closed` (the server's code, or null), `beats`. */
class Line {
  closed = null;
  #ours = false;
  #timer;
  #sent = [];
  /** The longest that a beat was late or its answer took. */
  slack = 0;

  constructor(client, { at, clock, every }) {
    Object.assign(this, { client, at, clock, every });
    this.gone = client.closed.then(({ code }) => {
      clearTimeout(this.#timer);
      if (!this.#ours) this.closed = code;
    });
    client.socket.on('message', (data, binary) => !binary && `${data}` === '\n' && this.#answered());
    this.#next(1);
  }

  #next(number) {
    const due = this.at + number * this.every;
    this.#timer = setTimeout(() => {
      // The clock may have been set back by an outage.
      if (this.clock.now() < due - 20) return void this.#next(number);
      this.slack = Math.max(this.slack, this.clock.now() - due);
      this.beat();
      this.#next(number + 1);
    }, Math.max(0, due - this.clock.now()));
  }

  beat() {
    this.#sent.push(Date.now());
    this.client.socket.send('\n');
  }

  #answered() {
    const sent = this.#sent.shift();
    if (sent) this.slack = Math.max(this.slack, Date.now() - sent);
  }

  /** A last beat, and no more. */
  silence() {
    this.beat();
    clearTimeout(this.#timer);
  }

  /** From here on whatever code it gets is no word of the server's. */
  foretell() {
    this.#ours = true;
    clearTimeout(this.#timer);
  }

  /** The client ends it. */
  async end(cut) {
    this.foretell();
    if (cut) this.client.socket.terminate();
    else this.client.socket.close();
    await this.gone;
  }

  get isOpen() {
    return this.client.socket.readyState === this.client.socket.OPEN;
  }
}

const jsonFrames = (client) => client.frames.filter(({ frame }) => !ANSWERS.has(frame.type)).map(({ at, frame }) => ({ at, body: frame }));

function stompFrames(client) {
  const messages = client.inbox.entries.filter(({ kind, body }) => kind === 'MESSAGE' && !/replies|errors/.test(body.headers.destination));
  const welcome = { type: 'welcome', sessionId: client.connected.headers.session };
  return [{ at: 0, body: welcome }, ...messages.map(({ at, body }) => ({ at, body: JSON.parse(body.body) }))];
}

export class Device {
  lines = [];

  constructor(server, userId, { kind, stomp }, timing) {
    Object.assign(this, { server, userId, kind, stomp, timing });
  }

  get line() {
    return this.lines.at(-1);
  }

  get client() {
    return this.line.client;
  }

  /** The resume token and the session that it was given last. */
  get token() {
    return this.stomp ? this.client?.connected.headers['resume-token'] : this.client?.welcome.resumeToken;
  }

  get sessionId() {
    return this.stomp ? this.client.connected.headers.session : this.client.welcome.sessionId;
  }

  async open(at, resume) {
    const query = { deviceType: this.kind, resume };
    const client = await (this.stomp ? this.#stomp(query) : JsonClient.connect(this.server, this.userId, { query, beat: false }));
    this.topics = new Map();
    this.lines.push(new Line(client, { at, ...this.timing }));
  }

  async #stomp(query) {
    const client = await RawStomp.connect(this.server, this.userId, { query });
    await Promise.all(QUEUES.map((name) => client.subscribe(name, `/user/queue/${name}`)));
    return client;
  }

  /** The answer to a command, also where that is an error. */
  async command(type, fields) {
    if (this.stomp) return this.#send(type, fields);
    try {
      return await this.client.command(type, fields);
    } catch (error) {
      if (error instanceof Refused) return { code: error.code };
      throw error;
    }
  }

  async #send(type, fields) {
    const id = nextId();
    const text = Object.keys(fields).length === 0 ? '' : JSON.stringify(fields);
    this.client.send('SEND', { destination: `/app/${type}`, 'correlation-id': id }, text);
    return this.#answer('MESSAGE', ({ headers }) => headers['correlation-id'] === id, `the answer to ${type}`);
  }

  async #answer(kind, match, what) {
    const entry = await this.client.inbox.next((e) => e.kind === kind && match(e.body), { what });
    return JSON.parse(entry.body.body);
  }

  ready() {
    return this.client.subscribe('presence', '/user/queue/presence');
  }

  leaveQueue() {
    return this.client.withReceipt('UNSUBSCRIBE', { id: 'presence' });
  }

  /** Subscribes to a topic: nothing, or the refusal. */
  async topic(target) {
    const [id, receipt] = [nextId(), nextId()];
    this.topics.set(target, id);
    this.client.send('SUBSCRIBE', { id, destination: `/topic/presence.${target}`, receipt });
    const entry = await this.client.inbox.next(
      ({ kind, body }) => (kind === 'RECEIPT' && body.headers['receipt-id'] === receipt) || (kind === 'MESSAGE' && body.headers['correlation-id'] === receipt),
      { what: `the receipt of a topic` },
    );
    return entry.kind === 'RECEIPT' ? undefined : JSON.parse(entry.body.body);
  }

  leaveTopic(target) {
    return this.client.withReceipt('UNSUBSCRIBE', { id: this.topics.get(target) });
  }

  async leave() {
    if (this.stomp) this.client.send('DISCONNECT', { receipt: nextId() });
    else this.client.sendText(JSON.stringify({ type: 'leave', id: nextId() }));
    await this.client.whenClosed();
  }

  /** What its sockets saw, with the people's names as the history has them. */
  seen(plain) {
    const socket = (line) => ({
      at: line.at,
      frames: (this.stomp ? stompFrames : jsonFrames)(line.client).map(({ at, body }) => ({ at: this.timing.clock.of(at), body: plain(body) })),
      closed: line.closed,
    });
    return { sockets: this.lines.map(socket) };
  }

  get slack() {
    return Math.max(0, ...this.lines.map((line) => line.slack));
  }
}

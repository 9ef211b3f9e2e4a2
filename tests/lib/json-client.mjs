// A client of the native JSON protocol: every frame kept with its time, beats on or off, and every way to go.
import { Participant, Refused, nextId } from './participant.mjs';
import { freeze, openSocket, thaw } from './sockets.mjs';
import { tokenFor } from './token.mjs';
import { within } from './until.mjs';

/** The subprotocol's name. */
export const JSON_PROTOCOL = 'rollcall.v1.json';

/** Answers to commands; all else comes without having been asked for. */
const ANSWERS = new Set(['ok', 'error']);

export class JsonClient extends Participant {
  /** Frames as they came: `{at, text, frame}`. */
  frames = [];
  /** Beats sent and beats answered. */
  beats = { sent: 0, answered: 0 };
  #ticker = null;

  /**
   * Connects and awaits the welcome. Options: token, tokenBy, resume, query, protocols, headers, origin,
   * `beat` (false: silent from the start), `welcome` (false: do not await it).
   */
  static async connect(server, userId, options = {}) {
    const client = new JsonClient(server, userId);
    await client.#open(options);
    return client;
  }

  constructor(server, userId) {
    super(userId);
    this.server = server;
  }

  async #open({ token = tokenFor(this.userId), resume, query = {}, protocols = [JSON_PROTOCOL], beat = true, welcome = true, ...rest }) {
    const attach = (socket) => this.#attach(socket);
    this.socket = await openSocket(this.server, { userId: this.userId, token, protocols, query: { resume, ...query }, attach, ...rest });
    if (welcome) this.welcome = await this.next('welcome');
    if (beat) this.startBeating();
  }

  #attach(socket) {
    socket.on('message', (data, binary) => this.#received(data, binary));
    socket.on('close', (code, reason) => {
      this.silence();
      this.ended(code, `${reason}`);
    });
  }

  #received(data, binary) {
    const text = `${data}`;
    if (text === '\n' && !binary) return void (this.beats.answered += 1);
    const frame = JSON.parse(text);
    this.frames.push({ at: Date.now(), text, frame });
    const { type, ...body } = frame;
    this.heard(ANSWERS.has(type) ? `reply:${type}` : type, body);
  }

  get sessionId() {
    return this.welcome.sessionId;
  }

  /** A text frame as it is. */
  sendText(text) {
    this.socket.send(text);
  }

  /** Sends a command and gives the body of its `ok`; an `error` is thrown as `Refused`. */
  async command(type, fields = {}, { timeout } = {}) {
    const id = nextId();
    this.sendText(JSON.stringify({ type, id, ...fields }));
    const reply = await this.inbox.next(
      (entry) => entry.kind.startsWith('reply:') && entry.body.id === id,
      { timeout, what: `the answer to ${type}` },
    );
    if (reply.kind === 'reply:error') throw new Refused(type, reply.body);
    return reply.body;
  }

  beat() {
    this.beats.sent += 1;
    this.socket.send('\n');
  }

  /** Beats from now on, four times a session TTL unless told. */
  startBeating(every = (this.welcome?.sessionTtlMs ?? this.server.ttlMs) / 4) {
    this.silence();
    this.#ticker = setInterval(() => this.beat(), every);
  }

  /** No more beats; the socket stays open and is read. */
  silence() {
    clearInterval(this.#ticker);
    this.#ticker = null;
  }

  /** Half-open: neither reads nor sends any more. */
  goHalfOpen() {
    this.silence();
    freeze(this.socket);
  }

  readAgain() {
    thaw(this.socket);
  }

  /** `leave`: the user goes for good; awaits the server's close. */
  async leave() {
    this.sendText(JSON.stringify({ type: 'leave', id: nextId() }));
    return this.whenClosed();
  }

  /** Closes as a browser tab does, with a close frame. */
  async close(code, reason) {
    this.silence();
    this.socket.close(code, reason);
    return this.whenClosed();
  }

  /** The connection is cut without a close frame. */
  async terminate() {
    this.silence();
    this.socket.terminate();
    return this.whenClosed();
  }

  /** Comes back with the resume token. */
  resume(options = {}) {
    return JsonClient.connect(this.server, this.userId, { resume: this.welcome.resumeToken, ...options });
  }

  /** For the end of a test: closes whatever is still open. */
  async dispose() {
    this.silence();
    if (this.socket?.readyState === this.socket?.CLOSED) return;
    this.socket.terminate();
    await within(this.closed, 'the end of a socket');
  }
}

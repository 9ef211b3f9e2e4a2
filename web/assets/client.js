/**
 * A client for Rollcall's native protocol, `rollcall.v1.json`.
 *
 * Copy this file with `close-codes.js`, `replies.js`, `beat.js` and
 * `beat-worker.js`; it has no other dependency.
 *
 * ```js
 * const client = new RollcallClient({ url: 'wss://rollcall.example/ws', token: () => fetchToken() });
 * client.addEventListener('presence', ({ detail }) => console.log(detail.userId, detail.status));
 * client.addEventListener('welcome', () => client.subscribe(['grace', 'linus']));
 * client.connect();
 * ```
 *
 * What it takes care of:
 *
 * - **Heartbeats** every `heartbeatMs` from a Web Worker, and it gives up a
 *   socket on which a beat was not answered: a half-open connection looks
 *   healthy to `send()`.
 * - **Resume.** It keeps the session's resume token, so that a reconnect takes
 *   up the same session and nobody sees the user leave.
 * - **Reconnects** with full jitter, and only where the close code allows it.
 * - **Versions.** A presence with a version that is not newer than the known
 *   one is dropped, and so is a message that was already delivered: the server
 *   may repeat itself, the application never sees it.
 *
 * Events (`CustomEvent`, the payload in `detail`): `state {state, …}`,
 * `welcome`, `presence`, `message`, `typing`, `session`,
 * `refused {code, detail, targetUserId?}` (a refusal that answers no command: a
 * subscription that ended later, say),
 * `frame {direction, data, at}`, `beat {sentAt}`, `close {code, reason}`.
 */
import { every } from './beat.js';
import { backoffMs, closeMeaning, retryAfterMs } from './close-codes.js';
import { CommandError, Replies } from './replies.js';

/** The subprotocol that this client speaks. */
export const PROTOCOL = 'rollcall.v1.json';
const HEARTBEAT = '\n';
const REMEMBERED_MESSAGES = 500;

/**
 * - `idle`: not started
 * - `connecting`: a socket is opening, or waits for its welcome
 * - `live`: connected and beating
 * - `silent`: connected, but deliberately neither beating nor listening
 * - `waiting`: disconnected, and will reconnect by itself
 * - `dropped`: deliberately disconnected without saying goodbye
 * - `ended`: disconnected for good, until `connect()` is called
 * @typedef {"idle"|"connecting"|"live"|"silent"|"waiting"|"dropped"|"ended"} State
 */

/** One session of one user on one device, kept alive across sockets. */
export class RollcallClient extends EventTarget {
  #url;
  #token;
  #device;
  #backoff;
  /** @type {WebSocket | null} */
  #socket = null;
  #stopBeats = () => {};
  #retryTimer = 0;
  #attempt = 0;
  /** Which call of `connect()` is the current one. */
  #turn = 0;
  #replies = new Replies();
  /** @type {Map<string, number>} newest version known of each user */
  #versions = new Map();
  /** @type {Set<string>} */
  #seenMessages = new Set();
  #resumeToken = '';
  #freshToken = false;
  #lastBeatAt = 0;

  /** @type {State} */
  state = 'idle';
  /** The last `welcome` of the server; null before the first. @type {any} */
  welcome = null;
  /** When the last frame came from the server (ms since 1970). */
  lastHeardAt = 0;
  /** When the last frame or beat was sent: the server counts the session's time from its arrival. */
  lastSentAt = 0;

  /**
   * @param {object} options
   * @param {string} options.url of the socket; relative to the page is fine
   * @param {(fresh: boolean) => string | Promise<string>} options.token called at
   *   each connect; `fresh` is true when the server refused the previous token
   * @param {{type?: string, name?: string}} [options.device] shown to others (`type`) and in the list of sessions
   * @param {{baseMs?: number, capMs?: number}} [options.backoff]
   */
  constructor({ url, token, device = {}, backoff = {} }) {
    super();
    this.#url = url;
    this.#token = token;
    this.#device = device;
    this.#backoff = backoff;
  }

  /** The id of the current session, or of the last one; null before the first welcome. */
  get sessionId() {
    return this.welcome?.sessionId ?? null;
  }

  // ---- Connecting -------------------------------------------------------

  /** Connects, resuming the last session where it is still alive. Does nothing while a socket is open. */
  async connect() {
    if (this.#socket || this.state === 'connecting') return;
    clearTimeout(this.#retryTimer);
    this.#setState('connecting');
    const turn = ++this.#turn;
    // leave() or dropNetwork(), and another connect() after it, may have been
    // called while the token was fetched.
    const current = () => this.state === 'connecting' && turn === this.#turn;
    try {
      const token = await this.#token(this.#freshToken);
      if (current()) this.#open(token);
    } catch (error) {
      if (current()) this.#retryLater(backoffMs(this.#attempt, this.#backoff), String(error));
    }
  }

  /** Leaves: the session ends at once, without the grace that a lost connection has. */
  leave() {
    if (this.#isOpen()) this.#transmit({ type: 'leave' });
    this.#socket?.close();
    this.#resumeToken = '';
    this.#stop('ended', { reason: 'left' });
  }

  /** @param {string} token */
  #open(token) {
    const url = new URL(this.#url, globalThis.location?.href);
    url.protocol = url.protocol.replace('http', 'ws');
    if (this.#device.type) url.searchParams.set('deviceType', this.#device.type);
    if (this.#device.name) url.searchParams.set('deviceName', this.#device.name);
    if (this.#resumeToken) url.searchParams.set('resume', this.#resumeToken);
    // The token goes into a subprotocol and not into the URL, which ends up in logs.
    const socket = new WebSocket(url, [PROTOCOL, `bearer.${token}`]);
    this.#socket = socket;
    // Each handler looks whether its socket is still the current one: a slow
    // close of an old socket must not touch the new one.
    socket.addEventListener('message', ({ data }) => socket === this.#socket && this.#receive(data));
    socket.addEventListener('close', (event) => socket === this.#socket && this.#closed(event));
  }

  /** @param {CloseEvent} event */
  #closed({ code, reason }) {
    this.#detach();
    this.#emit('close', { code, reason });
    const { retry, reason: meaning } = closeMeaning(code);
    if (retry === 'never' || this.state === 'silent' || this.state === 'ended') {
      if (this.state !== 'ended') this.#setState('ended', { code, reason: reason || meaning });
      return;
    }
    this.#freshToken = retry === 'new-token';
    const asked = retry === 'after-delay' ? (retryAfterMs(reason) ?? 0) : 0;
    this.#retryLater(asked + backoffMs(this.#attempt, this.#backoff), meaning, code);
  }

  /** @param {number} delayMs @param {string} reason @param {number} [code] */
  #retryLater(delayMs, reason, code) {
    this.#attempt += 1;
    this.#setState('waiting', { code, reason, attempt: this.#attempt, retryAt: Date.now() + delayMs });
    this.#retryTimer = setTimeout(() => this.connect(), delayMs);
  }

  /** Forgets the socket and whatever waited for an answer on it. */
  #detach() {
    this.#socket = null;
    this.#stopBeats();
    this.#replies.abandon();
  }

  /** @param {State} state @param {object} [detail] */
  #stop(state, detail) {
    clearTimeout(this.#retryTimer);
    this.#detach();
    this.#setState(state, detail);
  }

  // ---- Faults on purpose ------------------------------------------------

  /**
   * Loses the connection as far as a page can: it closes the socket without
   * `leave`, and stays away until `connect()`. To the server this is a lost
   * connection with a close event: the session waits out its grace and can be
   * resumed. (No page can make its network vanish without a close; for what
   * happens then see `goSilent`.)
   */
  dropNetwork() {
    this.#socket?.close();
    this.#stop('dropped');
  }

  /**
   * Plays dead with the socket open, as a phone in a tunnel does: no beat is
   * sent, and what arrives is ignored. The server has to notice by itself; it
   * ends the session at its deadline with close code 4001.
   */
  goSilent() {
    if (!this.#isOpen()) return;
    this.#stopBeats();
    this.#setState('silent');
  }

  /**
   * Ends the silence. What came meanwhile was ignored, so it reconnects and
   * resumes: the server then tells what changed.
   */
  wake() {
    if (this.state !== 'silent') return;
    this.dropNetwork();
    this.connect();
  }

  // ---- Commands ---------------------------------------------------------

  /**
   * Sends a command and waits for its answer.
   *
   * @param {string} type
   * @param {object} [body]
   * @returns {Promise<any>} the server's `ok`; rejects with a `CommandError`
   */
  request(type, body = {}) {
    if (this.state !== 'live') return Promise.reject(new CommandError('not_connected', 'not connected'));
    const { id, answer } = this.#replies.expect(type);
    this.#transmit({ type, id, ...body });
    return answer;
  }

  /** Watches people; their present state follows as `presence` events. @param {string[]} userIds */
  async subscribe(userIds) {
    const answer = await this.request('presence.subscribe', { targetUserIds: userIds });
    for (const { presence } of answer.results ?? []) if (presence) this.#presence(presence);
    return answer;
  }

  /** Stops watching people. @param {string[]} userIds */
  async unsubscribe(userIds) {
    const answer = await this.request('presence.unsubscribe', { targetUserIds: userIds });
    for (const userId of userIds) this.#versions.delete(userId);
    return answer;
  }

  /**
   * Sends a message. Repeating it with the same `clientMessageId` (after a lost
   * connection, say) delivers it once.
   *
   * @param {string[]} to
   * @param {unknown} content any JSON up to 16 KiB
   * @param {string} [clientMessageId]
   */
  send(to, content, clientMessageId = crypto.randomUUID()) {
    return this.request('message.send', { to, clientMessageId, content });
  }

  /** Tells people that the user types, or no longer does. @param {string[]} to @param {boolean} typing */
  typing(to, typing) {
    return this.request('typing', { to, typing });
  }

  /**
   * Sets the user's status on all devices, or (`scope: "device"`) this session's.
   *
   * @param {"ONLINE"|"AWAY"|"BUSY"|"INVISIBLE"} status
   * @param {string} [message]
   * @param {"user"|"device"} [scope]
   */
  setStatus(status, message, scope) {
    return this.request('online-status', { status, message, scope });
  }

  /** Asks for the presence of people, watched or not. @param {string[]} userIds */
  query(userIds) {
    return this.request('online-status', { userIds });
  }

  // ---- Frames -----------------------------------------------------------

  #isOpen() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  /** @param {object} command */
  #transmit(command) {
    this.#write(JSON.stringify(command));
  }

  /** @param {string} data */
  #write(data) {
    this.#socket?.send(data);
    this.lastSentAt = Date.now();
    this.#emit('frame', { direction: 'out', data, at: this.lastSentAt });
  }

  #beat() {
    // Nothing heard since the last beat, not even its answer: the connection is
    // half open, and waiting for the browser to notice can take minutes.
    const unanswered = this.lastHeardAt < this.#lastBeatAt;
    if (unanswered || !this.#isOpen()) {
      this.#socket?.close();
      this.#detach();
      this.#retryLater(backoffMs(this.#attempt, this.#backoff), 'a heartbeat was not answered');
      return;
    }
    this.#write(HEARTBEAT);
    this.#lastBeatAt = this.lastSentAt;
    this.#emit('beat', { sentAt: this.lastSentAt });
  }

  /** @param {string} data */
  #receive(data) {
    if (this.state === 'silent') return;
    this.lastHeardAt = Date.now();
    this.#emit('frame', { direction: 'in', data, at: this.lastHeardAt });
    if (data === HEARTBEAT) return;
    const event = JSON.parse(data);
    switch (event.type) {
      case 'welcome': return this.#welcomed(event);
      case 'presence': return this.#presence(event);
      case 'presences': return event.presences.forEach((/** @type {any} */ one) => this.#presence(one));
      case 'message': return this.#message(event);
      case 'ok': return this.#replies.settle(event);
      case 'error': return event.id === undefined ? this.#emit('refused', event) : this.#replies.settle(event);
      // Kinds that a newer server may add reach whoever listens for them.
      default: return this.#emit(event.type, event);
    }
  }

  /** @param {any} event */
  #welcomed(event) {
    this.welcome = event;
    this.#resumeToken = event.resumeToken;
    this.#attempt = 0;
    this.#freshToken = false;
    this.lastSentAt = Date.now(); // the server counts from the upgrade
    this.#lastBeatAt = 0;
    this.#stopBeats = every(event.heartbeatMs, () => this.#beat());
    this.#setState('live', { resumed: event.resumed });
    this.#emit('welcome', event);
  }

  /** @param {any} presence */
  #presence(presence) {
    const known = this.#versions.get(presence.userId) ?? -1;
    if (presence.version <= known) return;
    this.#versions.set(presence.userId, presence.version);
    this.#emit('presence', presence);
  }

  /** @param {any} message */
  #message(message) {
    if (this.#seenMessages.has(message.messageId)) return;
    this.#seenMessages.add(message.messageId);
    if (this.#seenMessages.size > REMEMBERED_MESSAGES) {
      const [oldest] = this.#seenMessages;
      this.#seenMessages.delete(oldest);
    }
    this.#emit('message', message);
  }

  /** @param {State} state @param {object} [detail] */
  #setState(state, detail = {}) {
    this.state = state;
    this.#emit('state', { state, ...detail });
  }

  /** @param {string} type @param {any} detail */
  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

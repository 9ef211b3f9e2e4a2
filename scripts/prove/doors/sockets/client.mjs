// One socket of the fuzzer: opens as it is told, keeps what came, and looks at the form of all of it.
import WebSocket from 'ws';
import { CLOSE_CODES } from '../../../../web/assets/close-codes.js';

const OPEN_MS = 15_000;
const TYPES = new Set(['welcome', 'ok', 'error', 'presence', 'presences', 'message', 'typing', 'session']);
const COMMANDS = /^(CONNECTED|MESSAGE|RECEIPT|ERROR)\n/;

/** The codes that the server may close with. */
export const DOCUMENTED = new Set(Object.keys(CLOSE_CODES).map(Number));

function address(server, { query, rawQuery, resume }) {
  const search = new URLSearchParams(query);
  if (resume !== undefined) search.set('resume', resume);
  const text = [search.toString(), rawQuery].filter(Boolean).join('&');
  return `${server.url.replace('http', 'ws')}/ws${text ? `?${text}` : ''}`;
}

/** `ws` checks what a browser would; these must come through as they are. */
function options({ headers, more, offer }) {
  const extra = offer === undefined ? {} : { 'sec-websocket-protocol': offer };
  return { headers: { ...more, ...headers, ...extra }, perMessageDeflate: false, handshakeTimeout: OPEN_MS, closeTimeout: OPEN_MS };
}

export class Client {
  /** What came, as text. */
  received = [];
  /** What was wrong with what came. */
  faults = [];
  /** The status of a refused upgrade. */
  refused;
  /** `{code, reason}` once it is closed. */
  closed;
  session;
  #waiters = new Set();

  /** Knocks, and gives the client when it is in, refused, or closed. */
  static open(server, opening) {
    const client = new Client(opening);
    const settled = new Promise((resolve) => client.#dial(server, resolve));
    return settled.then(() => client);
  }

  constructor(opening) {
    this.opening = opening;
  }

  #dial(server, settle) {
    this.socket = new WebSocket(address(server, this.opening), this.opening.protocols, options(this.opening));
    this.socket.on('open', settle);
    this.socket.on('unexpected-response', (request, response) => {
      this.refused = response.statusCode;
      response.resume();
      request.destroy();
      settle();
    });
    this.socket.on('error', (error) => (this.error = error.message));
    this.socket.on('message', (data, binary) => this.#hear(data, binary));
    this.socket.on('close', (code, reason) => {
      this.closed = { code, reason: `${reason}` };
      this.#tell();
      settle();
    });
  }

  #hear(data, binary) {
    const text = `${data}`;
    this.received.push(text);
    if (binary) this.faults.push('the server sent bytes');
    else if (text.trim() !== '') this.#look(text);
    this.#tell();
  }

  #look(text) {
    if (COMMANDS.test(text)) {
      if (!text.endsWith('\0') && !/\0\n*$/.test(text)) this.faults.push(`a STOMP frame without its end: ${text.slice(0, 200)}`);
      if (text.startsWith('CONNECTED\n')) this.session = /\nsession:([^\n]+)/.exec(text)?.[1];
      return;
    }
    this.#lookAtJson(text);
  }

  #lookAtJson(text) {
    let frame;
    try {
      frame = JSON.parse(text);
    } catch {
      return void this.faults.push(`neither STOMP nor JSON: ${text.slice(0, 200)}`);
    }
    if (!TYPES.has(frame?.type)) this.faults.push(`an unknown frame: ${text.slice(0, 200)}`);
    if (frame?.type === 'error' && !(/^[a-z_]+$/.test(frame.code) && frame.detail)) this.faults.push(`an error that says nothing: ${text.slice(0, 200)}`);
    if (frame?.type === 'welcome') {
      this.session = frame.sessionId;
      this.welcome = frame;
    }
  }

  #tell() {
    for (const waiter of [...this.#waiters]) waiter();
  }

  get isOpen() {
    return this.socket.readyState === WebSocket.OPEN;
  }

  /** Awaits that `done()` is true; false if it is not in time. */
  until(done, ms) {
    if (done()) return Promise.resolve(true);
    return new Promise((resolve) => {
      const end = (value) => {
        clearTimeout(timer);
        this.#waiters.delete(look);
        resolve(value);
      };
      const look = () => done() && end(true);
      const timer = setTimeout(() => end(false), ms);
      this.#waiters.add(look);
    });
  }

  send(data, binary = false) {
    if (this.isOpen) this.socket.send(data, { binary });
  }

  /** Bytes below WebSocket. */
  write(bytes) {
    if (this.isOpen) this.socket._socket.write(bytes);
  }

  dispose() {
    this.socket.terminate();
  }
}

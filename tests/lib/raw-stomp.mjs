// STOMP by hand over a WebSocket: for what the libraries never send, and for what they hide of the answers.
import { Inbox } from './inbox.mjs';
import { openSocket } from './sockets.mjs';
import { tokenFor } from './token.mjs';
import { within } from './until.mjs';

const ESCAPES = { '1.0': {}, '1.1': { '\\': '\\\\', '\n': '\\n', ':': '\\c' }, '1.2': { '\\': '\\\\', '\n': '\\n', ':': '\\c', '\r': '\\r' } };
const UNESCAPES = { n: '\n', c: ':', r: '\r', '\\': '\\' };

const escape = (text, version) => `${text}`.replace(/[\\\n:\r]/g, (char) => ESCAPES[version][char] ?? char);
const unescape = (text, version) =>
  version === '1.0' ? text : text.replace(/\\(.)/g, (_, char) => UNESCAPES[char] ?? `\\${char}`);

/** The bytes of a frame, NUL included. CONNECT is never escaped. */
export function frame(command, headers = {}, body = '', version = '1.2') {
  const plain = command === 'CONNECT' || command === 'STOMP';
  const lines = Object.entries(headers).map(([name, value]) =>
    plain ? `${name}:${value}` : `${escape(name, version)}:${escape(value, version)}`,
  );
  return `${[command, ...lines].join('\n')}\n\n${body}\0`;
}

/** Takes one frame off the front of `text`: `[frame, rest]`, or null where it is not whole yet. */
function takeFrame(text, version) {
  const headEnd = text.indexOf('\n\n');
  if (headEnd < 0) return null;
  const [command, ...lines] = text.slice(0, headEnd).split('\n').map((line) => line.replace(/\r$/, ''));
  const plain = command === 'CONNECTED';
  const headers = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    const [name, value] = [line.slice(0, colon), line.slice(colon + 1)].map((part) => (plain ? part : unescape(part, version)));
    headers[name] ??= value;
  }
  const rest = Buffer.from(text.slice(headEnd + 2));
  const length = headers['content-length'] === undefined ? rest.indexOf(0) : Number(headers['content-length']);
  if (length < 0 || rest.length < length + 1) return null;
  return [{ command, headers, body: rest.subarray(0, length).toString() }, rest.subarray(length + 1).toString()];
}

export class RawStomp {
  heartbeats = 0;
  #pending = '';

  /** Opens the socket; sends nothing. Options as `openSocket`, and `version` (`1.2`), `protocols`. */
  static async open(server, userId, { version = '1.2', token = tokenFor(userId), protocols, ...rest } = {}) {
    const offered = protocols ?? [`v${version.replace('.', '')}.stomp`];
    return new RawStomp(await openSocket(server, { userId, token, protocols: offered, ...rest }), version, userId);
  }

  /** Opens, sends CONNECT and awaits CONNECTED. */
  static async connect(server, userId, options = {}) {
    const client = await RawStomp.open(server, userId, options);
    client.connected = await client.connect(options.connect);
    return client;
  }

  constructor(socket, version, userId) {
    this.socket = socket;
    this.version = version;
    this.userId = userId;
    this.inbox = new Inbox(`raw STOMP ${version} of ${userId}`);
    this.closed = socket.gone;
    socket.gone.then(({ code, reason }) => this.inbox.end(`${code} ${reason}`));
    socket.on('message', (data) => this.#received(`${data}`));
  }

  #received(text) {
    this.#pending += text;
    for (;;) {
      while (this.#pending.startsWith('\n')) {
        this.heartbeats += 1;
        this.#pending = this.#pending.slice(1);
      }
      const taken = this.#pending && takeFrame(this.#pending, this.version);
      if (!taken) return;
      this.#pending = taken[1];
      this.inbox.push({ kind: taken[0].command, body: taken[0] });
    }
  }

  sendText(text) {
    this.socket.send(text);
  }

  send(command, headers, body) {
    this.sendText(frame(command, headers, body, this.version));
  }

  async next(command, match = () => true, options = {}) {
    const entry = await this.inbox.next((e) => e.kind === command && match(e.body), { what: command, ...options });
    return entry.body;
  }

  connect(headers = {}, command = 'CONNECT') {
    const versions = this.version === '1.0' ? {} : { 'accept-version': this.version };
    this.send(command, { ...versions, host: 'rollcall', ...headers });
    return this.next('CONNECTED');
  }

  /** Sends a frame with a receipt and awaits it. */
  async withReceipt(command, headers, body) {
    const receipt = `r-${Math.random().toString(36).slice(2)}`;
    this.send(command, { ...headers, receipt }, body);
    return this.next('RECEIPT', (f) => f.headers['receipt-id'] === receipt);
  }

  subscribe(id, destination, headers = {}) {
    return this.withReceipt('SUBSCRIBE', { id, destination, ...headers });
  }

  /** The next MESSAGE of this subscription, its body parsed. */
  async message(subscription, match = () => true, options = {}) {
    const what = `MESSAGE of ${subscription}`;
    const got = await this.next('MESSAGE', (f) => f.headers.subscription === subscription && match(JSON.parse(f.body)), { what, ...options });
    return { ...got, json: JSON.parse(got.body) };
  }

  whenClosed(timeout) {
    return within(this.closed, 'the close of a STOMP socket', timeout);
  }

  async dispose() {
    if (this.socket.readyState === this.socket.CLOSED) return;
    this.socket.terminate();
    await this.whenClosed();
  }
}

// WebSockets to the server under test, and the ways in which real ones go wrong.
import WebSocket from 'ws';
import { EvictingSocket } from './evicting-socket.mjs';
import { seen } from './seen.mjs';
import { within } from './until.mjs';

/** The address of the socket: `ws://…/ws?deviceType=…`. */
export function socketUrl(server, query = {}) {
  const url = new URL('/ws', server.url.replace(/^http/, 'ws'));
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) url.searchParams.set(name, value);
  }
  return url;
}

/** Where a token may travel. */
export function credentials({ token, tokenBy = 'header', query = {}, protocols = [], headers = {} }) {
  if (token === undefined) return { query, protocols, headers };
  if (tokenBy === 'query') return { query: { ...query, access_token: token }, protocols, headers };
  if (tokenBy === 'subprotocol') return { query, protocols: [...protocols, `bearer.${token}`], headers };
  return { query, protocols, headers: { ...headers, authorization: `Bearer ${token}` } };
}

/**
 * A `ws` socket, not yet open. Options: token, tokenBy, query, protocols, headers, origin, and `attach`, which is
 * given the socket before anything can arrive on it. With `userId`, on a server seen with evictions, that user's
 * hub is evicted before each frame. `socket.gone` resolves with `{code, reason, at}`.
 */
export function rawSocket(server, options = {}) {
  const { query, protocols, headers } = credentials(options);
  const evicting = server.evictions && options.userId;
  const Socket = evicting ? EvictingSocket : WebSocket;
  const socket = new Socket(socketUrl(server, query), protocols, {
    headers,
    origin: options.origin,
    perMessageDeflate: false,
    handshakeTimeout: 15_000,
    // After both sides said their close, wait for the end of the connection as long as a browser does.
    closeTimeout: 2_000,
  });
  // Without a listener an error (a refused upgrade, a reset) would end the process; who cares listens too.
  socket.on('error', () => {});
  socket.on('open', () => seen('GET', '/ws', 101));
  socket.gone = new Promise((resolve) => {
    socket.on('close', (code, reason) => resolve({ code, reason: `${reason}`, at: Date.now() }));
  });
  if (evicting) socket.evictWith(server.evictions, options.userId);
  options.attach?.(socket);
  return socket;
}

/** Opens and gives `{socket}`, or `{status, headers, body}` where the server refuses to upgrade. */
export function tryUpgrade(server, options) {
  const socket = rawSocket(server, options);
  const outcome = new Promise((resolve, reject) => {
    socket.on('open', () => resolve({ socket }));
    socket.on('unexpected-response', (_, response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => {
        seen('GET', '/ws', response.statusCode);
        resolve({ status: response.statusCode, headers: response.headers, text: Buffer.concat(chunks).toString() });
      });
    });
    socket.on('error', reject);
  });
  return within(outcome, 'an answer to the upgrade');
}

/** Opens, or fails with what the server said. */
export async function openSocket(server, options) {
  const { socket, status, text } = await tryUpgrade(server, options);
  if (!socket) throw new Error(`the upgrade was refused: ${status} ${text}`);
  return socket;
}

/** How the socket closed: `{code, reason, at}`. */
export const closeOf = (socket, timeout) => within(socket.gone, 'the close of a socket', timeout);

/**
 * As a phone in a tunnel: the connection stands, nothing is read, nothing is sent.
 * (The TCP stack still acknowledges until its buffers are full, as it does in life.)
 */
export function freeze(socket) {
  // A library that misses its beats closes: that close does not get through either.
  for (const verb of ['send', 'pong', 'close']) socket[verb] = () => {};
  socket.pause();
}

/** Reads and sends on after `freeze`. */
export function thaw(socket) {
  for (const verb of ['send', 'pong', 'close']) delete socket[verb];
  socket.resume();
}

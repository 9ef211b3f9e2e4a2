// The two unmodified STOMP libraries, behind one small shape, so that the same test runs on both:
// `{version, connectedHeaders, subscribe(destination, headers, onMessage), send(destination, headers, body),
//   receipt(id), disconnect()}`.
import { Client, ReconnectionTimeMode } from '@stomp/stompjs';
import webstomp from 'webstomp-client';
import { within } from './until.mjs';

/** The subprotocol of each STOMP version, newest first. */
export const STOMP_PROTOCOLS = ['v12.stomp', 'v11.stomp', 'v10.stomp'];

/** `@stomp/stompjs` over a socket that is being opened. */
export async function stompjs(socket, { heartbeat, connectHeaders, onError }) {
  const client = new Client({
    webSocketFactory: () => socket,
    connectHeaders,
    heartbeatOutgoing: heartbeat.outgoing,
    heartbeatIncoming: heartbeat.incoming,
    // With a beat each quarter of SESSION_TTL it gives up as late as the server does: this process may be slow.
    heartbeatToleranceMultiplier: 4,
    // The tests reconnect themselves: each connection is one client.
    reconnectDelay: 0,
    reconnectTimeMode: ReconnectionTimeMode.LINEAR,
  });
  const connected = new Promise((resolve, reject) => {
    client.onConnect = resolve;
    client.onWebSocketClose = (event) => reject(new Error(`closed before CONNECTED: ${event.code} ${event.reason}`));
    client.onStompError = (frame) => {
      onError({ headers: frame.headers, body: frame.body });
      reject(new Error(`ERROR before CONNECTED: ${frame.headers.message} ${frame.body}`));
    };
  });
  client.activate();
  const frame = await within(connected, 'CONNECTED');
  return {
    version: client.connectedVersion,
    connectedHeaders: frame.headers,
    subscribe(destination, headers, onMessage) {
      const subscription = client.subscribe(destination, (m) => onMessage(m.headers, m.body), headers);
      return (more) => subscription.unsubscribe(more);
    },
    send: (destination, headers, body) => client.publish({ destination, headers, body }),
    receipt: (id) => within(new Promise((resolve) => client.watchForReceipt(id, resolve)), `receipt ${id}`),
    disconnect: () => client.deactivate(),
  };
}

/** `webstomp-client` over a socket that is being opened. */
export async function webstompClient(socket, { heartbeat, connectHeaders, onError }) {
  const client = webstomp.over(socket, { debug: false, heartbeat, protocols: STOMP_PROTOCOLS });
  const receipts = new Map();
  client.onreceipt = (frame) => receipts.get(frame.headers['receipt-id'])?.();
  const connected = new Promise((resolve, reject) => {
    client.connect({ ...connectHeaders }, resolve, (problem) => {
      if (problem.command === 'ERROR') onError({ headers: problem.headers, body: problem.body });
      reject(new Error(`not CONNECTED: ${problem.code ?? problem.body} ${problem.reason ?? ''}`));
    });
  });
  const frame = await within(connected, 'CONNECTED');
  return {
    version: frame.headers.version,
    connectedHeaders: frame.headers,
    subscribe(destination, headers, onMessage) {
      const subscription = client.subscribe(destination, (m) => onMessage(m.headers, m.body), headers);
      return (more) => subscription.unsubscribe(more);
    },
    send: (destination, headers, body) => client.send(destination, body, headers),
    receipt: (id) => within(new Promise((resolve) => receipts.set(id, resolve)), `receipt ${id}`),
    disconnect: () => client.disconnect(),
  };
}

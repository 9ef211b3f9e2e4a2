// Stands between a client and a broker, passes on every byte, and hears what producers ask for.
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

const PRODUCE = 0;

/** `{port, acks, forwardTo(port), stop()}`: `acks` of every produce request so far, in its order. */
export async function kafkaEar() {
  const acks = [];
  const sockets = new Set();
  let broker;
  const server = createServer((client) => {
    const behind = connect(broker, '127.0.0.1');
    for (const socket of [client, behind]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.once('close', () => [client, behind].forEach((each) => each.destroy()));
    }
    let heard = Buffer.alloc(0);
    client.on('data', (chunk) => {
      heard = Buffer.concat([heard, chunk]);
      for (; heard.length >= 4 && heard.length >= 4 + heard.readInt32BE(0); heard = heard.subarray(4 + heard.readInt32BE(0))) {
        const request = heard.subarray(4, 4 + heard.readInt32BE(0));
        if (request.readInt16BE(0) === PRODUCE) acks.push(acksOf(request));
      }
    });
    client.pipe(behind).pipe(client);
  });
  server.listen({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  const stop = async () => {
    sockets.forEach((socket) => socket.destroy());
    server.close();
    await once(server, 'close');
  };
  return { port: server.address().port, acks, forwardTo: (port) => (broker = port), stop };
}

/** Before versions with tagged fields: key, version, number, client's name, transaction's name, then this. */
function acksOf(request) {
  const after = (at) => at + 2 + Math.max(0, request.readInt16BE(at));
  return request.readInt16BE(after(after(8)));
}

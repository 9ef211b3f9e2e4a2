// Ports of this machine.
import { createServer } from 'node:net';
import { Plain } from './say.mjs';

/** Fails with a clear message when nothing can listen on this port. */
export function mustBeFree(port, host = '127.0.0.1') {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error) => {
      const why = error.code === 'EADDRINUSE' ? 'is in use' : `cannot be used (${error.code})`;
      reject(new Plain(`Port ${port} ${why}. Choose another: npm start -- --port ${port + 1}`));
    });
    probe.listen({ port, host, exclusive: true }, () => probe.close(resolve));
  });
}

/** A port number from text, or a clear message. */
export function parsePort(text) {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new Plain(`"${text}" is no port: it should be a number from 1 to 65535, or 0 for any free one.`);
}

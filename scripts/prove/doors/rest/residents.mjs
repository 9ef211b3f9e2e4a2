// People who are there while REST is tried: each with a socket that comes back when somebody signs it out.
import WebSocket from 'ws';

const AGAIN_MS = 100;
const BEAT_MS = 2_000;

/** Keeps a socket of this user open until `leave()`. */
export function resident(server, userId, token) {
  let socket;
  let gone = false;
  const open = () => {
    if (gone) return;
    socket = new WebSocket(`${server.url.replace('http', 'ws')}/ws`, ['rollcall.v1.json'], {
      headers: { authorization: `Bearer ${token}` },
      perMessageDeflate: false,
    });
    // The close that follows is what we act on.
    socket.on('error', () => {});
    socket.on('close', () => setTimeout(open, AGAIN_MS));
  };
  const beat = setInterval(() => socket.readyState === WebSocket.OPEN && socket.send('\n'), BEAT_MS);
  open();
  return {
    userId,
    leave() {
      gone = true;
      clearInterval(beat);
      socket.terminate();
    },
  };
}

// A WebSocket for `evictions.mjs`.
import WebSocket from 'ws';

/** Beats are answered by the platform itself: they wake nobody. */
const BEAT = '\n';

/**
 * A socket that has its user's hub evicted between every two frames that it sends. Not before the first: until then a
 * timer of the hub, which closes who says nothing, holds it in memory.
 */
export class EvictingSocket extends WebSocket {
  #sent = Promise.resolve();
  #earlier;

  /** To be called before the first frame is sent. */
  evictWith(evictions, userId) {
    this.evictions = evictions;
    this.userId = userId;
  }

  send(data, ...rest) {
    const earlier = this.#earlier;
    this.#earlier = data;
    this.#after(async () => {
      if (earlier !== undefined) await this.evictions.evict(this.userId, { awake: earlier !== BEAT });
      super.send(data, ...rest);
    });
  }

  /** Not before what was sent before it. */
  close(...reason) {
    this.#after(() => super.close(...reason));
  }

  #after(step) {
    this.#sent = this.#sent.then(step);
  }
}

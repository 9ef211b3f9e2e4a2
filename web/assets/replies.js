/** Matches the server's answers to the commands that wait for them. */

const REPLY_TIMEOUT_MS = 10_000;

/** A command that the server refused, or that was not answered (`timeout`, `not_connected`). */
export class CommandError extends Error {
  /** @param {string} code @param {string} [detail] */
  constructor(code, detail) {
    super(detail || code);
    this.name = 'CommandError';
    this.code = code;
  }
}

/** The commands on one connection that were not answered yet. */
export class Replies {
  #lastId = 0;
  /** @type {Map<string, {resolve: (value: any) => void, reject: (error: Error) => void, timer: number}>} */
  #waiting = new Map();

  /**
   * Reserves an id for a command.
   *
   * @param {string} type named in the error of a time-out
   * @returns {{id: string, answer: Promise<any>}}
   */
  expect(type) {
    const id = `c${++this.#lastId}`;
    const answer = new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        reject(new CommandError('timeout', `no answer to ${type}`));
      }, REPLY_TIMEOUT_MS);
      this.#waiting.set(id, { resolve, reject, timer });
    });
    return { id, answer };
  }

  /** @param {any} reply an `ok` or an `error` of the server */
  settle(reply) {
    const waiting = this.#waiting.get(reply.id);
    if (!waiting) return;
    clearTimeout(waiting.timer);
    this.#waiting.delete(reply.id);
    if (reply.type === 'ok') waiting.resolve(reply);
    else waiting.reject(new CommandError(reply.code, reply.detail));
  }

  /** Fails whatever still waits: its answer can no longer come. */
  abandon() {
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      reject(new CommandError('not_connected', 'the connection was lost before the answer came'));
    }
    this.#waiting.clear();
  }
}

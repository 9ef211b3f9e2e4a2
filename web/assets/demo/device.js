/** One device of a demo user: a client, and what its session's clock says. */
import { RollcallClient } from '../client.js';

/** What a device is doing, in the words that the page uses. @typedef {"connecting"|"live"|"silent"|"grace"|"ended"} Phase */

/** A device in the page. Emits `change` when anything that is shown of it changed. */
export class Device extends EventTarget {
  /** The last state event of the client. @type {any} */
  detail = { state: 'idle' };
  /** The server's own view of the session, from its list. @type {any} */
  session = null;
  /** True once the server no longer lists the session of a device that is away. */
  gone = false;
  #awaySince = 0;
  /** How far the server's clock is ahead of this one, in milliseconds. */
  #skew = 0;

  /** @param {{id: string, type: string, name: string, token: (fresh: boolean) => Promise<string>}} options */
  constructor({ id, type, name, token }) {
    super();
    this.id = id;
    this.type = type;
    this.name = name;
    this.client = new RollcallClient({ url: '/ws', token, device: { type, name } });
    this.client.addEventListener('state', (event) => this.#stateChanged(/** @type {CustomEvent} */ (event).detail));
    this.client.addEventListener('welcome', (event) => this.#welcomed(/** @type {CustomEvent} */ (event).detail));
  }

  get sessionId() {
    return this.client.sessionId;
  }

  /** @param {any} detail */
  #stateChanged(detail) {
    this.detail = detail;
    const away = detail.state === 'dropped' || detail.state === 'waiting';
    if (away && !this.#awaySince) this.#awaySince = Date.now();
    if (!away && detail.state !== 'connecting') this.#awaySince = 0;
    if (detail.state === 'live') this.gone = false;
    this.dispatchEvent(new Event('change'));
  }

  /** @param {any} welcome */
  #welcomed(welcome) {
    this.#skew = Date.parse(welcome.serverTime) - Date.now();
  }

  /** Takes the server's list of the user's sessions. @param {any[]} sessions */
  observe(sessions) {
    this.session = sessions.find(({ sessionId }) => sessionId === this.sessionId) ?? null;
    this.gone = !this.session && this.client.state !== 'live' && this.sessionId !== null;
  }

  /** @returns {Phase} */
  get phase() {
    switch (this.client.state) {
      case 'live': return 'live';
      case 'silent': return 'silent';
      case 'ended': return 'ended';
      case 'dropped': return this.gone || !this.sessionId ? 'ended' : 'grace';
      case 'waiting': return this.gone || !this.sessionId ? 'connecting' : 'grace';
      default: return 'connecting';
    }
  }

  /**
   * When the server will end the session if nothing more is heard, by this
   * page's clock, and the whole of the span that runs out then.
   *
   * @returns {{deadline: number, total: number} | null}
   */
  countdown() {
    const { client, phase } = this;
    if (phase === 'live' || phase === 'silent') {
      const total = client.welcome.sessionTtlMs;
      return { deadline: client.lastSentAt + total, total };
    }
    if (phase !== 'grace' || !this.session || this.session.connected) return null;
    const deadline = Date.parse(this.session.expiresAt) - this.#skew;
    return { deadline, total: Math.max(deadline - this.#awaySince, 1) };
  }
}

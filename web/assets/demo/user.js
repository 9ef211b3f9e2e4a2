/** A demo user: everything that one card shows, fed by the user's own devices. */
import { devToken, sessionsOf, signOut } from './api.js';
import { Device } from './device.js';

const TOKEN_RESERVE_MS = 60_000;
const SESSIONS_DEBOUNCE_MS = 150;
const MESSAGES_KEPT = 100;
const NAMES = { web: 'Browser', mobile: 'Phone', desktop: 'Desktop', tablet: 'Tablet', tv: 'TV', bot: 'Bot', other: 'Other' };

/**
 * Emits `change` with what changed in `detail.part` (`people`, `devices`,
 * `chat`, `status`), `person` and `message` for what the page announces, and
 * `frame` for each frame of each device.
 */
export class DemoUser extends EventTarget {
  /** @type {Device[]} */
  devices = [];
  /** Whom this user watches, with the newest presence known. @type {Map<string, any>} */
  people = new Map();
  /** @type {{key: string, from: string, to: string[], text: string, at: number, note: string}[]} */
  messages = [];
  /** Who is typing to this user, and until when. @type {Map<string, number>} */
  typing = new Map();
  /** Sessions elsewhere: not of a device in this card. @type {any[]} */
  otherSessions = [];
  /** What this user set. */
  own = { status: 'ONLINE', message: '' };
  #token = { value: '', expiresAt: 0 };
  #sessionsTimer = 0;
  /** People of whom a last presence may still be on its way. @type {Set<string>} */
  #unwatched = new Set();
  #nextLook = 0;
  /** How many devices of each type were added. @type {Map<string, number>} */
  #added = new Map();

  /** @param {string} userId */
  constructor(userId) {
    super();
    this.userId = userId;
  }

  /** Whether others still see the user, as far as this page can tell: some session has time left. */
  get present() {
    return this.devices.some(({ phase }) => phase === 'live' || phase === 'silent' || phase === 'grace');
  }

  /** A device that can send commands now, if there is one. */
  get via() {
    return this.devices.find(({ client }) => client.state === 'live')?.client;
  }

  /** @param {boolean} fresh @returns {Promise<string>} */
  async token(fresh = false) {
    if (fresh || this.#token.expiresAt < Date.now() + TOKEN_RESERVE_MS) {
      const { token, expiresAt } = await devToken(this.userId);
      this.#token = { value: token, expiresAt: Date.parse(expiresAt) };
    }
    return this.#token.value;
  }

  // ---- Devices and sessions ---------------------------------------------

  /** Signs the user in on one more device. @param {string} type */
  addDevice(type) {
    const count = (this.#added.get(type) ?? 0) + 1;
    this.#added.set(type, count);
    const name = `${NAMES[/** @type {keyof NAMES} */ (type)] ?? type}${count > 1 ? ` ${count}` : ''}`;
    const device = new Device({ id: `${type}-${count}`, type, name, token: (fresh) => this.token(fresh) });
    this.devices.push(device);
    device.addEventListener('change', () => this.#deviceChanged());
    this.#listen(device);
    device.client.connect();
  }

  /** @param {Device} device */
  removeDevice(device) {
    device.client.leave();
    this.devices = this.devices.filter((one) => one !== device);
    this.#changed('devices');
  }

  /** Leaves on every device. */
  leave() {
    for (const { client } of this.devices) client.leave();
  }

  /** @param {string} sessionId */
  async signOut(sessionId) {
    await signOut(sessionId, await this.token());
    this.refreshSessions();
  }

  #deviceChanged() {
    this.#changed('devices');
    this.refreshSessions();
  }

  /** Reads the list of sessions from the server soon; several calls fall together. */
  refreshSessions() {
    clearTimeout(this.#sessionsTimer);
    this.#sessionsTimer = setTimeout(() => this.#readSessions().catch(() => {}), SESSIONS_DEBOUNCE_MS);
  }

  async #readSessions() {
    const { sessions } = await sessionsOf(this.userId, await this.token());
    for (const device of this.devices) device.observe(sessions);
    const mine = new Set(this.devices.map(({ sessionId }) => sessionId));
    this.otherSessions = sessions.filter((/** @type {any} */ { sessionId }) => !mine.has(sessionId));
    this.#changed('devices');
  }

  // ---- What the sockets say ---------------------------------------------

  /** @param {Device} device */
  #listen(device) {
    const on = (/** @type {string} */ type, /** @type {(detail: any) => void} */ handle) =>
      device.client.addEventListener(type, (event) => handle(/** @type {CustomEvent} */ (event).detail));
    on('welcome', (welcome) => this.#welcomed(device, welcome));
    on('presence', (presence) => this.#takePresence(presence));
    on('message', (message) => this.#takeMessage(message));
    on('typing', (typing) => this.#takeTyping(typing));
    on('session', () => this.refreshSessions());
    on('refused', ({ targetUserId }) => this.#forget(targetUserId));
    on('frame', (frame) => this.dispatchEvent(new CustomEvent('frame', { detail: { ...frame, device } })));
  }

  /** @param {Device} device @param {any} welcome */
  async #welcomed({ client }, welcome) {
    this.refreshSessions();
    // A resumed session is told what it missed without asking.
    if (welcome.resumed) return;
    try {
      if (this.people.size) await client.subscribe([...this.people.keys()]);
      const { presences } = await client.query([this.userId]);
      this.#takeOwn(presences?.[0]);
    } catch {
      // Lost again already: the next welcome repeats both.
    }
  }

  /** A status set earlier, or elsewhere, still holds. @param {any} presence */
  #takeOwn(presence) {
    if (!presence || presence.status === 'OFFLINE') return;
    this.own = { status: presence.status, message: presence.message ?? '' };
    this.#changed('status');
  }

  /** @param {any} presence */
  #takePresence(presence) {
    const known = this.people.get(presence.userId);
    // Each device filters for itself; two devices may be out of step. Somebody
    // unknown is watched since before this page was loaded: the server remembers.
    if (this.#unwatched.has(presence.userId) || (known && known.version >= presence.version)) return;
    this.people.set(presence.userId, presence);
    if (!presence.online) this.typing.delete(presence.userId);
    this.dispatchEvent(new CustomEvent('person', { detail: { before: known, now: presence } }));
    this.#changed('people');
  }

  /** @param {any} message */
  #takeMessage({ messageId, clientMessageId, from, to, content, sentAt }) {
    const key = from === this.userId ? (clientMessageId ?? messageId) : messageId;
    if (this.messages.some((one) => one.key === key)) return;
    const text = typeof content === 'string' ? content : (content?.text ?? JSON.stringify(content));
    this.typing.delete(from);
    this.#addMessage({ key, from, to: [to].flat(), text, at: Date.parse(sentAt), note: '' });
  }

  /** @param {DemoUser["messages"][number]} message */
  #addMessage(message) {
    this.messages.push(message);
    this.messages.splice(0, this.messages.length - MESSAGES_KEPT);
    this.dispatchEvent(new CustomEvent('message', { detail: message }));
    this.#changed('chat');
  }

  /** @param {any} typing */
  #takeTyping({ from, typing, expiresInMs }) {
    if (typing) this.typing.set(from, Date.now() + expiresInMs);
    else this.typing.delete(from);
    this.#changed('chat');
  }

  // ---- What the user does -----------------------------------------------

  /** @param {string[]} userIds */
  async watch(userIds) {
    const added = userIds.filter((userId) => !this.people.has(userId));
    for (const userId of added) {
      this.people.set(userId, null);
      this.#unwatched.delete(userId);
    }
    this.#changed('people');
    if (!added.length || !this.via) return; // the next welcome subscribes
    const { results = [] } = await this.via.subscribe(added);
    for (const { targetUserId, outcome } of results) if (outcome === 'failed') this.people.delete(targetUserId);
    this.#changed('people');
    const failed = results.find((/** @type {any} */ { outcome }) => outcome === 'failed');
    if (failed) throw new Error(`cannot watch ${failed.targetUserId}`);
  }

  /** @param {string} userId */
  async unwatch(userId) {
    await this.#connected().unsubscribe([userId]);
    this.#unwatched.add(userId);
    this.#forget(userId);
  }

  /** @param {string} userId */
  #forget(userId) {
    this.people.delete(userId);
    this.typing.delete(userId);
    this.#changed('people');
  }

  /** @param {string} status @param {string} message */
  async setStatus(status, message) {
    await this.#connected().setStatus(/** @type {any} */ (status), message || undefined);
    this.own = { status, message };
    this.#changed('status');
  }

  /** @param {string[]} to @param {boolean} typing */
  tellTyping(to, typing) {
    // Typing is a nicety: lost is lost.
    if (to.length) this.via?.typing(to, typing).catch(() => {});
  }

  /** @param {string[]} to @param {string} text */
  async sendMessage(to, text) {
    const client = this.#connected();
    const message = { key: crypto.randomUUID(), from: this.userId, to, text, at: Date.now(), note: 'sending…' };
    this.#addMessage(message);
    try {
      const { deliveredTo = [] } = await client.send(to, { text }, message.key);
      const reached = deliveredTo.filter((/** @type {any} */ { sessions }) => sessions > 0);
      message.note = reached.length ? `reached ${reached.map((/** @type {any} */ one) => one.userId).join(', ')}` : 'nobody was there';
    } catch (error) {
      message.note = `not sent: ${/** @type {Error} */ (error).message}`;
    }
    this.#changed('chat');
  }

  /** Drops what is out of date, and looks again at sessions whose time is over. @param {number} now */
  tick(now) {
    for (const [from, until] of this.typing) if (until < now) this.#takeTyping({ from, typing: false });
    if (this.devices.some((device) => this.#needsLook(device, now))) this.refreshSessions();
  }

  /** @param {Device} device @param {number} now */
  #needsLook(device, now) {
    if (device.phase !== 'grace' || now < this.#nextLook) return false;
    // The close may still be on its way; and only the server knows the true end.
    const countdown = device.countdown();
    if (countdown && countdown.deadline > now) return false;
    this.#nextLook = now + 700;
    return true;
  }

  #connected() {
    if (!this.via) throw new Error(`${this.userId} has no connected device`);
    return this.via;
  }

  /** @param {"people"|"devices"|"chat"|"status"} part */
  #changed(part) {
    this.dispatchEvent(new CustomEvent('change', { detail: { part } }));
  }
}

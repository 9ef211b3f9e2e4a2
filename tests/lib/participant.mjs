// What a JSON client and a STOMP client have in common: what they were told, and a version filter on it.
import assert from 'node:assert/strict';
import { Inbox } from './inbox.mjs';
import { within } from './until.mjs';

let lastId = 0;

/** An id for a command, unique in this process. */
export const nextId = () => `c${(lastId += 1)}`;

/** A command that the server refused: `code`, `detail`. */
export class Refused extends Error {
  constructor(command, { code, detail }) {
    super(`${command} was refused: ${code} (${detail})`);
    this.code = code;
    this.detail = detail;
  }
}

const fits = (body, wanted) =>
  typeof wanted === 'function'
    ? wanted(body)
    : Object.entries(wanted).every(([name, value]) => body[name] === value);

/** A connected client. Subclasses call `heard` with all that arrives and `ended` once. */
export class Participant {
  /** The version of each user's presence that a test took last. */
  #taken = new Map();

  constructor(userId) {
    this.userId = userId;
    this.inbox = new Inbox(userId);
    /** The newest presence of each user, as a client keeps it that ignores versions it has. */
    this.newest = new Map();
    /** Each time the server sent an older version than before on this connection. */
    this.wentBack = [];
    this.closed = new Promise((resolve) => (this.resolveClosed = resolve));
  }

  heard(kind, body, extra = {}) {
    if (kind !== 'presence' && kind !== 'presences') return void this.inbox.push({ kind, body, ...extra });
    const presences = Array.isArray(body.presences) ? body.presences : [body];
    // An empty list is an answer too ("you watch nobody"): keep it visible.
    if (presences.length === 0) this.inbox.push({ kind: 'presences', body, ...extra });
    for (const presence of presences) this.#heardPresence(presence, extra);
  }

  #heardPresence(presence, extra) {
    const known = this.newest.get(presence.userId);
    if (known && presence.version < known.version) this.wentBack.push({ known, presence });
    if (!known || presence.version > known.version) this.newest.set(presence.userId, presence);
    this.inbox.push({ kind: 'presence', body: presence, ...extra });
  }

  ended(code, reason) {
    this.inbox.end(`${code} ${reason}`);
    this.resolveClosed({ code, reason, at: Date.now() });
  }

  /** The next body of this kind that fits. */
  async next(kind, wanted = {}, options = {}) {
    const what = options.what ?? `${kind} ${typeof wanted === 'function' ? wanted : JSON.stringify(wanted)}`;
    const entry = await this.nextEntry(kind, wanted, { ...options, what });
    return entry.body;
  }

  /** As `next`, with the time and all that was kept beside the body. */
  nextEntry(kind, wanted = {}, options = {}) {
    return this.inbox.next((entry) => entry.kind === kind && fits(entry.body, wanted), options);
  }

  /** The next presence of this user that fits, and is not older than one that was taken before. */
  async nextPresence(userId, wanted = {}, options = {}) {
    return (await this.nextPresenceEntry(userId, wanted, options)).body;
  }

  /** As `nextPresence`, with the time (`at`) beside the body. */
  async nextPresenceEntry(userId, wanted = {}, options = {}) {
    const match = (body) => body.userId === userId && body.version >= (this.#taken.get(userId) ?? 0) && fits(body, wanted);
    const shown = typeof wanted === 'function' ? `${wanted}` : JSON.stringify(wanted);
    const entry = await this.nextEntry('presence', match, { what: `presence of ${userId} ${shown}`, ...options });
    this.#taken.set(userId, entry.body.version);
    return entry;
  }

  /** All presences of this user since the mark. */
  toldOf(userId, mark = 0) {
    return this.inbox.since(mark, (e) => e.kind === 'presence' && e.body.userId === userId).map((e) => e.body);
  }

  /**
   * Absence, shown by a marker on the same path: the presence `marker` of this user came, nothing newer about the
   * user came between the mark and it, and its version follows the last known one, so nothing was left out either
   * (repeats of a known version are harmless, and are let through).
   */
  async nothingButMarker(userId, mark, marker, options = {}) {
    const before = this.inbox.entries.slice(0, mark).filter((e) => e.kind === 'presence' && e.body.userId === userId);
    assert.ok(before.length > 0, `${this.userId} was told of ${userId} before`);
    const known = Math.max(...before.map((e) => e.body.version));
    const came = await this.nextPresence(userId, marker, options);
    const news = this.toldOf(userId, mark).filter((p) => p.version > known && p.version < came.version);
    const what = `${this.userId} should have heard nothing of ${userId} before ${JSON.stringify(marker)}`;
    assert.deepEqual(news, [], what);
    assert.equal(came.version, known + 1, what);
    return came;
  }

  /** The close, or a failure if it does not come. */
  whenClosed(timeout) {
    return within(this.closed, `the close of ${this.userId}'s socket`, timeout);
  }

  assertVersionsNeverWentBack() {
    assert.deepEqual(this.wentBack, [], `versions went back before ${this.userId}`);
  }
}

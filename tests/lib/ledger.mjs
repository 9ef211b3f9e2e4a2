// What a user did, as the events that must tell of it (contract §5): counted from answers, without a look at any event.

/** The events of one user, by topic: each in a few words. */
export class Ledger {
  topics = { 'presence-events': [], 'session-events': [], 'subscription-events': [], 'message-events': [] };
  /** The sessions that live, each with its kind of device. */
  live = new Map();
  #status = 'ONLINE';
  #targets = new Set();

  #note(topic, ...words) {
    this.topics[`${topic}-events`].push(words.join(' '));
  }

  /** Others of the same kind of device show nothing new. */
  #devices() {
    return new Set(this.live.values()).size;
  }

  began(sessionId, device) {
    const before = this.#devices();
    this.live.set(sessionId, device);
    this.#note('session', 'session.started', sessionId);
    if (before === 0) this.#note('presence', 'presence.online');
    else if (this.#devices() > before) this.#note('presence', 'presence.changed');
  }

  ended(sessionId) {
    const before = this.#devices();
    if (!this.live.delete(sessionId)) return;
    this.#note('session', 'session.ended', sessionId);
    if (this.live.size === 0) this.#note('presence', 'presence.offline');
    else if (this.#devices() < before) this.#note('presence', 'presence.changed');
  }

  set(status) {
    if (status !== this.#status) this.#note('presence', 'presence.changed');
    this.#status = status;
  }

  subscribed(target) {
    if (!this.#targets.has(target)) this.#note('subscription', 'subscription.created', target);
    this.#targets.add(target);
  }

  unsubscribed(target) {
    if (this.#targets.delete(target)) this.#note('subscription', 'subscription.ended', target);
  }

  /** Of a record that nobody takes, a placeholder is to be seen. */
  said(content, { refused = false } = {}) {
    if (refused) this.#note('message', 'deadletter');
    else this.#note('message', 'message.sent', content.text);
  }
}

const DETAIL = {
  'session.started': ({ session }) => session.sessionId,
  'session.ended': ({ session }) => session.sessionId,
  'subscription.created': ({ target }) => target,
  'subscription.ended': ({ target }) => target,
  'message.sent': ({ content }) => content.text,
};

/** An event in the same words. */
export function inWords({ type, data }) {
  const kind = type.replace('rollcall.', '');
  return [kind, DETAIL[kind]?.(data)].filter((word) => word !== undefined).join(' ');
}

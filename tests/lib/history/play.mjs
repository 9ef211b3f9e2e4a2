// Plays one history on the real server, through its public protocols, at the times that the history says.
import { request } from '../rest.mjs';
import { tokenFor } from '../token.mjs';
import { Device } from './devices.mjs';

const SUBSCRIPTIONS = '/api/subscriptions/presence';
const SESSIONS = '/api/subscriptions/websocket';

const without = (fields) => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));

export class Play {
  devices = [];
  answers = [];
  /** What took longest, and how long it took. */
  worst = { ms: 0, what: 'nothing' };

  constructor(server, history, { beat }) {
    Object.assign(this, { server, history, beat });
    this.prefix = `h${history.seed}-`;
    this.people = new Set([...history.people, 'observer']);
  }

  /** A person's id on the server: histories share it. What is no id stays none. */
  name = (id) => (this.people.has(id) || id.startsWith('nobody-') ? this.prefix + id : id);

  /** The same, the other way, in all that the server says. */
  plain = (body) => body && JSON.parse(JSON.stringify(body).replaceAll(this.prefix, ''));

  /** Reads of everyone, which change nothing: their objects are there, and warm, before anything happens. */
  async warm() {
    for (const user of this.history.people) await this.#rest(user);
  }

  #took(ms, what) {
    if (ms > this.worst.ms) this.worst = { ms: Math.round(ms), what };
  }

  /** All operations; those of one time at once, each time after the one before is done. */
  async run(clock) {
    this.clock = clock;
    const { operations } = this.history;
    for (let from = 0; from < operations.length; ) {
      const { at } = operations[from];
      let to = from;
      while (operations[to]?.at === at) to += 1;
      await this.clock.at(at);
      const names = operations.slice(from, to).map(({ op }, offset) => `${from + offset} ${op.do}`);
      this.#took(this.clock.now() - at, `the start of ${names}`);
      await Promise.all(names.map((name, offset) => this.#one(from + offset, name)));
      from = to;
    }
    await this.clock.at(this.history.restsAt);
    this.#took(this.clock.now() - this.history.restsAt, 'the rest');
    this.rest = await Promise.all(this.history.people.map((user) => this.#rest(user)));
    for (const [number, device] of this.devices.entries()) this.#took(device.slack, `a beat of device ${number}`);
    this.#took(this.clock.slack, 'the return of the server');
  }

  async #one(number, name) {
    const { op, at } = this.history.operations[number];
    const begun = performance.now();
    try {
      this.answers[number] = this.plain(await this.#act(op, at));
    } catch (error) {
      this.answers[number] = { broken: error.message.slice(0, 300) };
    }
    this.#took(performance.now() - begun, name);
  }

  #act(op, at) {
    const device = this.devices[op.by ?? op.device];
    switch (op.do) {
      case 'open':
        return this.#open(op, at);
      case 'close':
        return device.line.end(op.cut);
      case 'silence':
        return device.line.silence();
      case 'leave':
        return device.leave();
      case 'ready':
        return (op.on ? device.ready() : device.leaveQueue()).then(() => undefined);
      case 'topic':
        return op.on ? device.topic(this.name(op.target)) : device.leaveTopic(this.name(op.target)).then(() => undefined);
      case 'revoke':
        return this.#ask(op.user, 'DELETE', `${SESSIONS}/session/${device.sessionId}`);
      case 'read':
        return this.#ask(op.viewer, 'GET', `/api/presence/${this.name(op.of)}`);
      case 'list':
        return this.#list(op.user, op.list);
      default:
        return op.by === null ? this.#byRest(op) : this.#byDevice(device, op);
    }
  }

  #open({ device: number, user, kind, stomp, resume }, at) {
    const timing = { clock: this.clock, every: this.beat };
    this.devices[number] ??= new Device(this.server, this.name(user), { kind, stomp }, timing);
    const token = resume === null ? undefined : (this.devices[resume]?.token ?? 'none');
    return this.devices[number].open(at, token);
  }

  #byDevice(device, op) {
    const names = (list) => list.map(this.name);
    switch (op.do) {
      case 'beat':
        return device.command('heartbeat', op.kind ? { device: { type: op.kind } } : {});
      case 'subscribe':
      case 'unsubscribe':
        return device.command(`presence.${op.do}`, { targetUserIds: names(op.targets) });
      case 'status':
        return device.command('online-status', without({ status: op.status, message: op.message }));
      case 'deviceStatus':
        return device.command('online-status', { status: op.status, scope: 'device' });
      case 'message':
        return device.command('message.send', without({ to: names(op.to), clientMessageId: op.name, content: op.content }));
      case 'typing':
        return device.command('typing', { to: this.name(op.to), typing: op.typing });
      case 'ask':
        return device.command('online-status', { userIds: names(op.targets) });
      default:
        throw new Error(`no client does ${op.do}`);
    }
  }

  #byRest(op) {
    if (op.do === 'status') {
      return this.#ask(op.user, 'PUT', `/api/presence/${this.name(op.user)}/status`, without({ status: op.status, message: op.message }));
    }
    return this.#ask(op.user, 'POST', `${SUBSCRIPTIONS}/${op.do}`, { targetUserIds: op.targets.map(this.name) });
  }

  async #ask(user, method, path, body) {
    const answer = await request(this.server, method, path, { token: tokenFor(this.name(user)), body });
    return answer.body ?? {};
  }

  #list(user, list) {
    const path = {
      sessions: `${SESSIONS}/${this.name(user)}/sessions`,
      subscriptions: `${SUBSCRIPTIONS}/${this.name(user)}`,
      subscribers: `${SUBSCRIPTIONS}/${this.name(user)}/subscribers`,
    }[list];
    return this.#ask(user, 'GET', path);
  }

  async #rest(user) {
    const [publicly, own, sessions, subscriptions, subscribers] = await Promise.all([
      this.#ask('observer', 'GET', `/api/presence/${this.name(user)}`),
      this.#ask(user, 'GET', `/api/presence/${this.name(user)}`),
      ...['sessions', 'subscriptions', 'subscribers'].map((list) => this.#list(user, list)),
    ]);
    return this.plain({ user, public: publicly, own, sessions, subscriptions, subscribers });
  }

  get #openLines() {
    return this.devices.flatMap((device) => device.lines.filter((line) => line.isOpen));
  }

  /** The server is about to die: what the sockets get then is not its word. */
  foretell() {
    for (const line of this.#openLines) line.foretell();
  }

  /** Ends whatever is open. */
  cut() {
    return Promise.all(this.#openLines.map((line) => line.end(true)));
  }

  /** What came of it, as the history tells what came of it in the simulator. */
  seen() {
    const answer = (number) => ({ ...this.history.operations[number], answer: this.answers[number] });
    return {
      operations: this.history.operations.map((_, number) => answer(number)),
      devices: this.devices.map((device) => device.seen(this.plain)),
      rest: this.rest,
    };
  }
}

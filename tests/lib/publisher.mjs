// Somebody who does all that makes events, keeps count of it, and finishes what the death of the server cut short.
import assert from 'node:assert/strict';
import { Person } from './crowd.mjs';
import { Ledger } from './ledger.mjs';
import { until } from './until.mjs';

const STATUSES = ['ONLINE', 'BUSY', 'AWAY', 'INVISIBLE'];
/** So often a deed is begun anew: the server dies less often. */
const TRIES = 5;
/** What is due sooner may be over before an answer comes. */
const HASTE_MS = 5_000;

/**
 * `world` holds `{life, up}`: a number that grows just before the server dies, and a promise that it is up again. All
 * that is done can be done twice: what was cut short is done again, with the same ids, and counts once.
 */
export class Publisher extends Person {
  ledger = new Ledger();
  #said = 0;

  constructor(world, ...rest) {
    super(...rest);
    this.world = world;
    this.life = world.life;
  }

  async arrive() {
    this.client = await this.#begin('desktop');
  }

  async #begin(deviceType) {
    const client = await this.cast.json(this.id, { query: { deviceType } });
    this.ledger.began(client.sessionId, deviceType);
    return client;
  }

  get #isHere() {
    return this.client.socket.readyState === this.client.socket.OPEN;
  }

  /** Does a step; once more if the server died under it. */
  async #sure(step) {
    for (let left = TRIES; ; left -= 1) {
      const life = this.world.life;
      try {
        await this.present();
        return await step();
      } catch (error) {
        if ((life === this.world.life && life === this.life) || left === 0) throw error;
      }
    }
  }

  /** Is back, if the server died. */
  async present() {
    if (this.life === this.world.life) return;
    await this.world.up;
    const life = this.world.life;
    await this.#comeBack();
    this.life = life;
  }

  /** What was under way when the server died has happened or not: the list of sessions says which. */
  async #comeBack() {
    const rest = this.cast.rest(this.id);
    const own = this.client.sessionId;
    const isGoing = ({ sessionId, expiresAt }) => sessionId === own && Date.parse(expiresAt) - Date.now() < HASTE_MS;
    // A session whose grace is nearly over may end before it is resumed, or after.
    const sessions = await until('the session to stay or to go', async () => {
      const all = await rest.sessions();
      return !all.some(isGoing) && all;
    }, { timeout: 60_000, every: 500 });
    const there = new Map(sessions.map(({ sessionId, device }) => [sessionId, device.type]));
    for (const id of [...this.ledger.live.keys()]) if (!there.has(id)) this.ledger.ended(id);
    for (const [id, device] of there) if (!this.ledger.live.has(id)) this.ledger.began(id, device);
    for (const id of there.keys()) if (id !== own) await this.#revoke(rest, id);
    if (!there.has(own)) this.client = await this.#begin('desktop');
    else if (!this.#isHere) await this.#resume();
  }

  async #revoke(rest, id) {
    await rest.revoke(id);
    this.ledger.ended(id);
  }

  async #resume() {
    this.client = await this.cast.resume(this.client);
    assert.ok(this.client.welcome.resumed, 'a session that lives is resumed');
  }

  deed() {
    const deed = this.roll(20);
    if (deed < 6) return this.#status();
    if (deed < 10) return this.#say();
    if (deed < 13) return this.#subscribe();
    if (deed < 15) return this.#unsubscribe();
    if (deed < 17) return this.#second();
    if (deed < 18) return this.#leave();
    return deed < 19 ? this.#reload() : this.#vanish();
  }

  async #status() {
    const status = STATUSES[this.roll(STATUSES.length)];
    await this.#sure(() => this.client.command('online-status', { status }));
    this.ledger.set(status);
  }

  /** One in five is refused for good on its way. */
  async #say() {
    const content = { text: `${(this.#said += 1)}`, bad: this.roll(5) === 0 };
    const [to, clientMessageId] = [this.another(), `${this.id}-${this.#said}`];
    await this.#sure(() => this.client.command('message.send', { to, clientMessageId, content }));
    this.ledger.said(content, { refused: content.bad });
  }

  async #subscribe() {
    const targetUserId = this.another();
    await this.#sure(() => this.client.command('presence.subscribe', { targetUserId }));
    this.ledger.subscribed(targetUserId);
  }

  async #unsubscribe() {
    const targetUserId = this.another();
    await this.#sure(() => this.client.command('presence.unsubscribe', { targetUserId }));
    this.ledger.unsubscribed(targetUserId);
  }

  /** A tablet comes and goes. */
  async #second() {
    let second;
    await this.#sure(async () => (second = await this.#begin('tablet')));
    await this.#end(() => second);
  }

  /** `which()` leaves, if it is still there. */
  #end(which) {
    return this.#sure(async () => {
      const client = which();
      if (!this.ledger.live.has(client.sessionId)) return;
      assert.equal((await client.leave()).code, 1000);
      this.ledger.ended(client.sessionId);
    });
  }

  async #leave() {
    const { client } = this;
    await this.#end(() => (this.client.sessionId === client.sessionId ? this.client : client));
    await this.#sure(async () => {
      if (!this.#isHere) this.client = await this.#begin('desktop');
    });
  }

  /** The connection breaks, and the client is back at once: no event. */
  async #reload() {
    await this.client.terminate();
    await this.#sure(() => this.#isHere || this.#resume());
  }

  /** The connection breaks, and the user is not back before all is over. */
  async #vanish() {
    await this.client.terminate();
    await this.#sure(async () => {
      if (this.#isHere) return;
      const over = async () => (await this.cast.rest(this.id).sessions()).length === 0;
      await until('the session to end', () => this.life !== this.world.life || over(), { timeout: 60_000, every: 500 });
      if (this.life !== this.world.life) throw new Error('the server died');
      this.ledger.ended(this.client.sessionId);
      this.client = await this.#begin('desktop');
    });
  }
}

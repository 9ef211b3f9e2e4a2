// The commands of valid histories, the same in both protocols: `[name, body]`.

const STATUSES = ['ONLINE', 'AWAY', 'BUSY', 'INVISIBLE'];
const DEVICES = ['web', 'mobile', 'desktop', 'tablet', 'tv', 'bot', 'other'];

const COMMANDS = {
  heartbeat: (random) => (random.once(2) ? {} : { device: { type: random.pick(DEVICES), name: 'fuzz', os: 'x', appVersion: '1' } }),
  'presence.subscribe': (random, people) =>
    random.once(2) ? { targetUserId: random.pick(people) } : { targetUserIds: random.shuffled(people) },
  'presence.unsubscribe': (random, people) => ({ targetUserId: random.pick(people) }),
  'message.send': (random, people) => ({
    to: random.once(2) ? random.pick(people) : random.shuffled(people),
    clientMessageId: random.once(3) ? undefined : `m${random.int(1, 5)}`,
    content: random.pick(['hello', { text: 'hé', at: [1, 2.5, null, true] }, [], 0, null, 'x'.repeat(random.int(0, 15_000))]),
  }),
  typing: (random, people) => ({ to: random.pick(people), typing: random.once(2) }),
  'online-status': (random, people) => random.pick([
    { status: random.pick(STATUSES), message: random.once(2) ? 'about' : undefined },
    { status: random.pick(['ONLINE', 'AWAY']), scope: 'device' },
    { userIds: people },
  ]),
};

/** A command that a client may send. */
export function command(random, people) {
  const name = random.pick(Object.keys(COMMANDS));
  return [name, COMMANDS[name](random, people)];
}

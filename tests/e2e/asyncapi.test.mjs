// The AsyncAPI document: valid by its own parser, its examples by its own schemas, and all that a real server says on
// sockets described in it. (Events are held to it wherever a test reads one: tests/lib/events.mjs.)
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Parser } from '@asyncapi/parser';
import { asyncapi, messageFaults, messageOf } from '../lib/asyncapi.mjs';
import { Cast } from '../lib/cast.mjs';
import { TOPICS } from '../lib/events.mjs';
import { JsonClient } from '../lib/json-client.mjs';
import { request } from '../lib/rest.mjs';
import { useServer } from '../lib/server.mjs';
import { until } from '../lib/until.mjs';
import { user } from '../lib/users.mjs';

const server = useServer({ SESSION_TTL: '60', MAX_SUBSCRIBERS_PER_USER: '1' });
const { channels, components, operations } = asyncapi;
const keysOf = (channel) => Object.keys(channels[channel].messages);
/** The last part of each reference. */
const named = (references) => references.map(({ $ref }) => $ref.split('/').at(-1));

describe('the AsyncAPI document', () => {
  test('is valid by the parser of AsyncAPI, without an error or a warning', async () => {
    const { document, diagnostics } = await new Parser().parse(JSON.stringify(asyncapi));
    // That a newer version of the specification exists is no fault of a document.
    const faults = diagnostics.filter(({ code }) => code !== 'asyncapi-latest-version');
    assert.deepEqual(faults.map(({ code, message, path }) => `${code} at ${path.join('/')}: ${message}`), []);
    assert.equal(document.version(), '3.0.0');
    assert.equal(document.messages().length > 30, true);
  });

  test('is served as it stands in the tree', async () => {
    const { status, body, headers } = await request(server, 'GET', '/asyncapi.json', {});
    assert.equal(status, 200);
    assert.match(headers.get('content-type'), /^application\/json/);
    assert.deepEqual(body, asyncapi);
  });

  test('each message has an example that fits its own schema, and none other of its channel with the same name', () => {
    for (const [key, { examples, name }] of Object.entries(components.messages)) {
      assert.ok(examples.length > 0, key);
      for (const { payload } of examples) {
        assert.deepEqual(messageFaults(key, payload), [], key);
        const others = Object.keys(channels).filter((channel) => keysOf(channel).includes(key)).flatMap(keysOf);
        const alike = others.filter((other) => other !== key && components.messages[other].name === name);
        for (const other of alike) assert.notDeepEqual(messageFaults(other, payload), [], `${key} is also ${other}`);
      }
    }
  });

  test('a wrong payload does not fit', () => {
    const { payload } = components.messages['event.session.ended'].examples[0];
    for (const wrong of [{ sequence: '7' }, { data: {} }, { time: 'now' }, { type: 'rollcall.session.started' }, { more: 1 }, { source: 'ada' }]) {
      assert.notDeepEqual(messageFaults('event.session.ended', { ...payload, ...wrong }), [], JSON.stringify(wrong));
    }
  });

  test('has the four topics, each with its dead letters', () => {
    const kafka = Object.values(channels).filter(({ servers }) => named(servers).includes('kafka')).map(({ address }) => address);
    assert.deepEqual(kafka.sort(), TOPICS.flatMap((topic) => [topic, `${topic}.dlq`]).sort());
  });
});

/** Says everything that a client can say, as `ask(type, fields)`. */
async function everything(ask, friend) {
  await ask('heartbeat', { device: { appVersion: '2' } });
  await ask('presence.subscribe', { targetUserIds: [friend, 'not an id'] });
  await ask('message.send', { to: friend, clientMessageId: 'm-1', content: { text: 'hello' } });
  await ask('typing', { to: friend, typing: true });
  await ask('online-status', { status: 'BUSY', message: 'writing' });
  await ask('online-status', { userIds: [friend, 'not an id'] });
  await ask('presence.unsubscribe', { targetUserId: friend });
  await assert.rejects(ask('online-status', { status: 'OFFLINE' }));
}

/** Waits until all of `wanted` are among what `seen()` gives. */
async function allSeen(wanted, seen) {
  const missing = () => wanted.filter((key) => !seen().includes(key));
  const came = await until('all messages', () => missing().length === 0).catch(() => false);
  assert.ok(came, `what never came: ${missing().join(', ')}`);
}

describe('what a server says', () => {
  test('over JSON each frame is one message of the document, and each message comes', async (t) => {
    const cast = new Cast(t, server);
    const [me, friend] = [user('me'), user('friend')];
    const client = await cast.json(me);
    const other = await cast.json(friend);
    const heard = () => client.frames.map(({ frame }) => messageOf('json', frame));

    const said = (type, fields) => {
      const frame = { type, id: 'c1', ...fields };
      assert.match(messageOf('json', frame), /^command\./);
      return client.command(type, fields);
    };
    // Somebody else watches the friend already, and only one may: the subscription is refused later.
    await (await cast.json(user('first'))).command('presence.subscribe', { targetUserId: friend });
    await client.command('presence.subscribe', { targetUserId: friend });
    await allSeen(['server.error.later'], heard);
    const unwatched = user('unwatched');
    const target = await cast.json(unwatched);
    // What is refused need not be described.
    await everything((type, fields) => (fields.status === 'OFFLINE' ? client.command(type, fields) : said(type, fields)), unwatched);
    await client.command('presence.subscribe', { targetUserId: unwatched });
    await target.command('online-status', { status: 'AWAY' });
    await other.command('message.send', { to: me, content: null });
    await other.command('typing', { to: me, typing: true });
    await (await JsonClient.connect(server, me)).leave();
    const promised = named([...operations['json.news'].messages, ...operations['json.welcome'].messages]);
    const answers = Object.values(operations).filter(({ channel, reply }) => reply && channel.$ref === '#/channels/json').flatMap(({ reply }) => named(reply.messages));
    const wanted = [...promised, ...answers].filter((key) => key !== 'beat');
    await allSeen(wanted, heard);
  });

  test('over STOMP each body is one message of its destination, and each destination has something to say', async (t) => {
    const cast = new Cast(t, server);
    const [me, friend] = [user('me'), user('friend')];
    const client = await cast.stomp(me);
    const other = await cast.json(friend);
    await client.subscribe(`/topic/presence.${friend}`);
    await everything((type, fields) => client.command(type, fields), friend);
    await client.command('presence.subscribe', { targetUserId: friend });
    await other.command('online-status', { status: 'AWAY' });
    await other.command('message.send', { to: me, content: [1] });
    await other.command('typing', { to: me, typing: true });
    await (await JsonClient.connect(server, me)).leave();
    const channelOf = (destination) => Object.keys(channels).find((key) => channels[key].address === destination.replace(friend, '{userId}') && named(channels[key].servers)[0] === 'stomp');
    const heard = () => client.bodies.map(({ destination, body }) => [channelOf(destination), messageOf(channelOf(destination), body)].join(' '));
    const queues = Object.keys(channels).filter((key) => /^\/(user|topic)\//.test(channels[key].address));
    const wanted = queues.flatMap((queue) => keysOf(queue).map((key) => `${queue} ${key}`)).filter((one) => !one.endsWith(' server.presences') );
    await allSeen(wanted, heard);
  });
});

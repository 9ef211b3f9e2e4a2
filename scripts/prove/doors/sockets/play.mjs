// Plays one client of a plan and says what was wrong with how it was answered.
import { isUtf8 } from 'node:buffer';
import { pause } from '../../../../tests/lib/until.mjs';
import { Client, DOCUMENTED } from './client.mjs';
import { bytesOf } from './steps.mjs';

/** How long an answer may take: the machine may be busy, a hang lasts for ever. */
const BOUND_MS = 10_000;
/** More than a frame may have, so that one that is pending for ever ends as too large. */
const FILLER = '\0'.padEnd(70_000, 'x');

/** A resume token as the opening wants it. */
function resumeToken({ resume }, { earlier, stolen }) {
  const own = earlier.find((client) => client.welcome)?.welcome.resumeToken;
  if (resume === 'stolen') return stolen;
  if (resume === 'own') return own;
  return resume === 'garbled' ? `x${own ?? 'yz'}` : undefined;
}

/** Answers what excuses an end of the platform's own making: `text` that is none, or `framing` that is broken. */
async function perform(client, steps, { evict }) {
  let excuse;
  for (const step of steps) {
    if (!client.isOpen) break;
    if (step.do === 'send') {
      client.send(step.data, step.binary);
      client.sent += 1;
      // Text that is none is the platform's to refuse, in its own words.
      if (!step.binary && Buffer.isBuffer(step.data) && !isUtf8(bytesOf(step))) excuse ??= 'text';
    } else if (step.do === 'wire') {
      client.write(step.bytes);
      if (step.broken) excuse = 'framing';
    } else if (step.do === 'evict') await evict();
    else await pause(step.ms);
  }
  return excuse;
}

const speaksJson = (client) => Boolean(client.welcome) || client.socket.protocol === 'rollcall.v1.json';

/** Whether a client that is still connected is answered, or closed: everything but silence. */
async function answered(client, mark) {
  const heard = () => client.closed || client.received.some((text) => text.includes(mark));
  if (speaksJson(client)) {
    client.send(`{"type":"heartbeat","id":"${mark}"}`);
    return client.until(heard, BOUND_MS);
  }
  // A NUL ends what may be pending. Where a length was promised nothing does, but that it grows too large.
  const probe = `\0SEND\ndestination:/app/heartbeat\nreceipt:${mark}\n\n\0`;
  for (const words of [probe, FILLER, probe, FILLER, probe]) {
    client.send(words);
    if (await client.until(heard, words === probe ? BOUND_MS / 5 : 100)) return true;
  }
  return client.until(heard, BOUND_MS);
}

function judgeClose({ closed, error }, allowed, excused) {
  if (excused || DOCUMENTED.has(closed.code) || allowed === closed.code) return [];
  return [`closed with ${closed.code} ${JSON.stringify(closed.reason)}, which is no documented code (${error ?? 'no error'})`];
}

async function goes(client, { ending }, excuse) {
  const excused = excuse !== undefined;
  if (client.closed) return judgeClose(client, undefined, excused);
  // Below WebSocket a frame may be pending for ever: nothing that we could say would arrive.
  if (excuse === 'framing') return client.dispose() ?? [];
  if (ending.stays) {
    if (!(await answered(client, `alive-${client.sent}`))) return ['no answer and no close: it hangs'];
    return client.closed ? judgeClose(client, undefined, excused) : [];
  }
  ending.act(client.socket);
  if (!(await client.until(() => client.closed, BOUND_MS))) return [`no close after "${ending.name}"`];
  return judgeClose(client, ending.code, excused || ending.broken);
}

function judgeOpening(client, { opening }) {
  if (client.refused >= 500) return [`the upgrade was answered by ${client.refused}`];
  const unexpected = client.refused ?? (client.error && !client.closed?.code ? client.error : undefined);
  return unexpected === undefined || opening.anyhow ? [] : [`a good upgrade was refused: ${unexpected}`];
}

function judgeSession({ session, welcome }, { opening }) {
  const faults = [];
  if (session && ['a bad token', 'no token'].includes(opening.oddity)) faults.push('a session without a good token');
  if (welcome?.resumed && ['stolen', 'garbled'].includes(opening.resume)) faults.push(`a ${opening.resume} token resumed a session`);
  return faults;
}

/** Plays it; answers `{client, faults}`. `around` is `{server, earlier, stolen, evict}`. */
export async function play(plan, around) {
  await pause(plan.delay);
  const opening = { ...plan.opening, resume: resumeToken(plan.opening, around) };
  const client = await Client.open(around.server, opening);
  client.sent = 0;
  around.earlier.push(client);
  const faults = judgeOpening(client, plan);
  if (client.refused === undefined) {
    // An offer that `ws` did not make itself lets it end the connection when it is accepted.
    const excuse = (await perform(client, plan.steps, around)) ?? (opening.offer && 'text');
    faults.push(...(await goes(client, plan, excuse)));
  }
  return { client, faults: [...faults, ...judgeSession(client, plan), ...client.faults] };
}

// Our codec, through the example `cross` of crate `stomp`: a line in, a line out.
import { spawnSync } from 'node:child_process';

const hex = (bytes) => Buffer.from(bytes).toString('hex') || '-';
const unhex = (text) => (text === '-' ? Buffer.alloc(0) : Buffer.from(text, 'hex'));
const headerWords = (headers) => headers.flat().map(hex);

/** All answers to these lines, in order. */
function ask(lines) {
  const program = process.env.STOMP_CROSS_BIN;
  if (!program) throw new Error('STOMP_CROSS_BIN must name the compiled example `cross` of crate stomp');
  const { status, stdout, stderr, error } = spawnSync(program, {
    input: `${lines.join('\n')}\n`,
    maxBuffer: 1 << 28,
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`the example failed: ${stderr}`);
  const answers = stdout.toString().trimEnd().split('\n');
  if (answers.length !== lines.length) throw new Error(`${answers.length} answers to ${lines.length} lines`);
  return answers;
}

/** Encodes frames `{version, command, headers: [[name, value]…], body}`; answers their bytes. */
export function encodeAll(frames) {
  const lines = frames.map(({ version, command, headers, body }) =>
    ['encode', version, command, hex(body), ...headerWords(headers)].join(' '));
  return ask(lines).map(unhex);
}

/** Parses streams `{version, size, bytes}`, pushed in pieces of `size`; answers the events of each. */
export function parseAll(streams) {
  return ask(streams.map(({ version, size, bytes }) => `parse ${version} ${size} ${hex(bytes)}`))
    .map((answer) => answer.split(';').filter(Boolean).map(readEvent));
}

function readEvent(text) {
  const [kind, ...words] = text.split(' ');
  if (kind !== 'frame') return words.length === 0 ? { kind } : { kind, code: words[0] };
  const [command, body, ...rest] = words;
  const headers = [];
  for (let at = 0; at < rest.length; at += 2) headers.push([`${unhex(rest[at])}`, `${unhex(rest[at + 1])}`]);
  return { kind, command, headers, body: unhex(body).toString('hex') };
}

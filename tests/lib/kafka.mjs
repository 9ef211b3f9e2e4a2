// A real Kafka for a test: one process that is broker and controller, on free loopback ports.
import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { HOW, LIBS } from '../../scripts/setup/kafka.mjs';
import { KafkaAdmin } from './kafka-admin.mjs';
import { freePort } from './redis.mjs';
import { until } from './until.mjs';

const libs = process.env.KAFKA_LIBS ?? LIBS;
const java = process.env.JAVA_BIN ?? 'java';
const kcat = process.env.KCAT_BIN ?? 'kcat';
const exec = promisify(execFile);

/** It starts in 3 to 6 s where nothing else runs. */
const START_MS = 90_000;

/** What to give to a test's `skip`: nothing where there is a Kafka, otherwise what to install. */
export const withoutKafka = process.env.KAFKA_MISSING || (existsSync(libs) ? false : HOW);

const CLASSPATH = ['-cp', join(libs, '*')];

/** Where it listens: to everybody, at its side, and, if it is the controller, to brokers. */
function listeners({ port, side, controller, first }) {
  const doors = [`PLAINTEXT://127.0.0.1:${port}`, `SIDE://127.0.0.1:${side.port}`];
  return (first ? doors : [...doors, `CONTROLLER://127.0.0.1:${controller}`]).join(',');
}

/** Everything at its smallest, and nothing deleted by age: that goes by the record's own time. */
const settings = ({ dir, port, controller, side, first, own }) => ({
  'process.roles': first ? 'broker' : 'broker,controller',
  'node.id': first ? 2 : 1,
  'controller.quorum.bootstrap.servers': `127.0.0.1:${controller}`,
  listeners: listeners({ port, side, controller, first }),
  'advertised.listeners': `PLAINTEXT://127.0.0.1:${port},SIDE://127.0.0.1:${side.told}`,
  'inter.broker.listener.name': 'PLAINTEXT',
  'controller.listener.names': 'CONTROLLER',
  'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,SIDE:PLAINTEXT,CONTROLLER:PLAINTEXT',
  'log.dirs': join(dir, 'data'),
  'log.retention.ms': -1,
  'num.partitions': 4,
  'group.initial.rebalance.delay.ms': 0,
  'offsets.topic.num.partitions': 1,
  'offsets.topic.replication.factor': 1,
  'transaction.state.log.replication.factor': 1,
  'transaction.state.log.min.isr': 1,
  'share.coordinator.state.topic.replication.factor': 1,
  'share.coordinator.state.topic.min.isr': 1,
  ...own,
});

/**
 * `{port, side, address, admin, kcat(args, input), read(topic), kill9(), freeze(), thaw(), restart(), stop()}`. Folder and
 * ports stay the same over `restart`. It listens at `side` too, and tells who comes there that it is at `sideTold`: where
 * something stands between. With `first`, another broker, it is the second one beside that.
 */
export class KafkaBroker {
  /** Starts one; the settings go over those of server.properties. */
  static async start(own = {}, { sideTold, first } = {}) {
    const broker = new KafkaBroker();
    broker.dir = await mkdtemp(join(tmpdir(), 'rollcall-kafka-'));
    broker.port = await freePort();
    broker.admin = new KafkaAdmin(broker.port);
    broker.side = await freePort();
    broker.controller = first?.controller ?? (await freePort());
    broker.cluster = first?.cluster ?? randomBytes(16).toString('base64url');
    const side = { port: broker.side, told: sideTold ?? broker.side };
    const all = settings({ dir: broker.dir, port: broker.port, controller: broker.controller, side, first, own });
    broker.properties = join(broker.dir, 'server.properties');
    await writeFile(broker.properties, Object.entries(all).map(([name, value]) => `${name}=${value}\n`).join(''));
    const alone = first ? [] : ['--standalone'];
    // In one word, since the id may begin with a hyphen.
    const cluster = `--cluster-id=${broker.cluster}`;
    await exec(java, [...CLASSPATH, 'kafka.tools.StorageTool', 'format', ...alone, cluster, '-c', broker.properties]);
    await broker.#launch();
    return broker;
  }

  get address() {
    return `127.0.0.1:${this.port}`;
  }

  async #launch() {
    const log = openSync(join(this.dir, 'broker.log'), 'a');
    const args = ['-Xmx256m', '-XX:TieredStopAtLevel=1', ...CLASSPATH, 'kafka.Kafka', this.properties];
    this.child = spawn(java, args, { stdio: ['ignore', log, log] });
    closeSync(log);
    this.child.once('error', () => {});
    try {
      await until('Kafka answers', () => this.#answers(), { timeout: START_MS });
    } catch (error) {
      throw new Error(`${error.message}\n${readFileSync(join(this.dir, 'broker.log'), 'utf8').slice(-4000)}`);
    }
  }

  async #answers() {
    await this.kcat(['-L', '-m', '1']);
    return true;
  }

  /** What `kcat` prints to these arguments, with `input` on its standard input. */
  async kcat(args, input, { encoding = 'utf8' } = {}) {
    const running = exec(kcat, ['-b', this.address, ...args], { encoding, maxBuffer: 256 * 1024 * 1024, timeout: 30_000 });
    running.child.stdin.on('error', () => {});
    running.child.stdin.end(input ?? '');
    return (await running).stdout;
  }

  /** The number of the broker that leads each partition of a topic. */
  async leaders(topic) {
    const { topics } = JSON.parse(await this.kcat(['-L', '-J', '-t', topic]));
    return topics[0].partitions.map(({ leader }) => leader);
  }

  /** All records of a topic, by partition and offset: `[{partition, offset, key, value}]`; a key that is none is null. */
  async read(topic) {
    const lines = await this.kcat(['-C', '-t', topic, '-o', 'beginning', '-e', '-q', '-u', '-J']);
    const records = lines.split('\n').filter(Boolean).map((line) => JSON.parse(line));
    const shown = records.map(({ partition, offset, key, payload, ts }) => ({ partition, offset, key: key ?? null, value: payload ?? null, time: ts }));
    return shown.sort((a, b) => a.partition - b.partition || a.offset - b.offset);
  }

  /** The process dies without a word; what it wrote stays. */
  async kill9() {
    await this.#end('SIGKILL');
  }

  /** It takes connections and answers nothing. */
  freeze() {
    this.child.kill('SIGSTOP');
  }

  thaw() {
    this.child.kill('SIGCONT');
  }

  restart() {
    return this.#launch();
  }

  async stop() {
    this.thaw();
    // A broker without its data has nothing to put in order: the end of a test need not take seconds.
    await this.#end('SIGKILL');
    await rm(this.dir, { recursive: true, force: true });
  }

  async #end(signal) {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = once(this.child, 'exit');
    this.child.kill(signal);
    await gone;
  }
}

// A real Kafka for the tests: its jars from Maven Central, once per user and version, and a Java to run them.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureProgram, how } from '../lib/debian.mjs';
import { withLock } from '../lib/lock.mjs';
import { TOOLS } from '../lib/paths.mjs';
import { logFile, run } from '../lib/run.mjs';
import { duration, say, whileSaying } from '../lib/say.mjs';

const JAVA = { what: 'Java 17', names: ['java'], variable: 'JAVA_BIN', packages: ['default-jre-headless'] };
const MAVEN = { what: 'Maven', names: ['mvn'], variable: 'MVN_BIN', packages: ['maven'] };
const KCAT = { what: 'kcat', names: ['kcat', 'kafkacat'], variable: 'KCAT_BIN', packages: ['kcat'] };

const VERSION = '4.3.1';
/** Kafka, and what it logs with. */
const JARS = [
  ['org.apache.kafka', 'kafka_2.13', VERSION],
  ['org.apache.logging.log4j', 'log4j-core', '2.25.1'],
  ['org.apache.logging.log4j', 'log4j-slf4j-impl', '2.25.1'],
];
const FOLDER = join(TOOLS, `kafka-${VERSION}`);
/** Where the jars lie, also for tests that no script starts. */
export const LIBS = join(FOLDER, 'libs');
/** Written last: with it, all the jars are there. */
const STAMP = join(FOLDER, 'complete');
/** What the stamp says: other jars are fetched anew. */
const WANTED = `${JARS.map((jar) => jar.join(':')).join('\n')}\n`;

/** What to do where we can do nothing. */
export const HOW = [how(JAVA), how(KCAT), `have Maven fetch Kafka ${VERSION} (${how(MAVEN)})`].join('; ');

/** The environment that leads tests to a Kafka: `{JAVA_BIN, KCAT_BIN, KAFKA_LIBS}`; `undefined` where a part is missing. */
export async function ensureKafka() {
  const [java, kcat] = [await ensureProgram(JAVA), await ensureProgram(KCAT)];
  if (!java || !kcat || !(await ensureJars())) return undefined;
  return { JAVA_BIN: java, KCAT_BIN: kcat, KAFKA_LIBS: LIBS };
}

const complete = () => existsSync(STAMP) && readFileSync(STAMP, 'utf8') === WANTED;

/** Whether the jars are there, fetched if need be and possible. */
async function ensureJars() {
  if (complete()) return true;
  const maven = await ensureProgram(MAVEN);
  if (!maven) return false;
  mkdirSync(TOOLS, { recursive: true });
  await withLock(join(TOOLS, 'kafka.lock'), 'fetching Kafka', async () => {
    if (!complete()) await fetchJars(maven);
  });
  return complete();
}

async function fetchJars(maven) {
  const begun = Date.now();
  say(`Kafka ${VERSION}: fetching its jars, once on this machine (44 MB)`);
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(LIBS, { recursive: true });
  const pom = join(FOLDER, 'pom.xml');
  writeFileSync(pom, project());
  const args = ['-q', '-B', '-f', pom, 'dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${LIBS}`];
  const log = logFile('setup-kafka');
  const code = await whileSaying('mvn', () => run(maven, args, { log, timeoutMs: 5 * 60_000 }));
  // Without a way to Maven Central its tests are skipped: the rest of the tree can be proved all the same.
  if (code !== 0) return say(`Kafka ${VERSION}: Maven could not fetch it (see ${log})`);
  writeFileSync(STAMP, WANTED);
  say(`Kafka ${VERSION}: fetched in ${duration(Date.now() - begun)}`);
}

/** A project whose only purpose is to depend on the jars. */
function project() {
  const dependency = ([group, artifact, version]) =>
    `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`;
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>rollcall</groupId><artifactId>kafka-of-the-tests</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>${JARS.map(dependency).join('\n    ')}</dependencies>
</project>
`;
}

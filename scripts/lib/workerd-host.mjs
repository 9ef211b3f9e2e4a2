// The process that holds workerd: started by serve.mjs in a process group of its own, under the tree's Node 24.
//
// What to serve comes over the channel to the parent, never by argument or environment, since it holds secrets.
// When that channel closes (the parent died, however), this process ends workerd and itself: no orphans.
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** The class of the objects that `evict` may take out of memory. */
const HUB_CLASS = 'UserHub';

/** wrangler's and miniflare's modules, from the tree's own node_modules. */
async function platform(root) {
  const fromRoot = createRequire(join(root, 'package.json'));
  const fromWrangler = createRequire(fromRoot.resolve('wrangler'));
  return { wrangler: fromRoot('wrangler'), miniflare: fromWrangler('miniflare') };
}

/** The Worker as wrangler.toml describes it: bindings, migrations, assets, compatibility date. */
function workerOptions({ wrangler }, { root, vars }) {
  const path = join(root, 'wrangler.toml');
  const config = wrangler.unstable_readConfig({ config: path }, { hideWarnings: true });
  const { workerOptions: options, main } = wrangler.unstable_getMiniflareWorkerOptions(path);
  const { modulesRules: _, ...described } = options;
  // Only wrangler.toml and the caller decide: a `.dev.vars` lying about must not change what a test sees.
  return { ...described, name: config.name, ...modulesOf(main), bindings: { ...config.vars, ...vars } };
}

/** What worker-build made: the entry first, the WebAssembly beside it. */
function modulesOf(main) {
  const modulesRoot = dirname(main);
  const wasm = readdirSync(modulesRoot).filter((name) => name.endsWith('.wasm'));
  const modules = [
    { type: 'ESModule', path: main },
    ...wasm.map((name) => ({ type: 'CompiledWasm', path: join(modulesRoot, name) })),
  ];
  return { modules, modulesRoot };
}

function sharedOptions({ miniflare }, { port, stateDir }) {
  return {
    host: '127.0.0.1',
    port,
    cf: false,
    telemetry: { enabled: false },
    logRequests: false,
    log: new miniflare.Log(miniflare.LogLevel.WARN, { prefix: 'workerd' }),
    handleStructuredLogs: ({ message }) => process.stdout.write(`${message}\n`),
    unsafeTriggerHandlers: true,
    resourcePersistencePath: join(stateDir, 'objects'),
    resourceTmpPath: join(stateDir, 'tmp'),
  };
}

async function start(order) {
  const modules = await platform(order.root);
  const worker = workerOptions(modules, order);
  const options = { ...sharedOptions(modules, order), workers: [worker] };
  const server = new modules.miniflare.Miniflare(modules.miniflare.convertV4MiniflareOptions(options));
  const url = await server.ready;
  return { server, worker: worker.name, port: Number(url.port) };
}

let started;

async function end(code) {
  // A server that is still starting is ended with the process group by the parent, or here once it is there.
  const held = await started?.catch(() => undefined);
  await held?.server.dispose().catch(() => undefined);
  process.exit(code);
}

/**
 * Takes the hub of one user out of memory, as the platform does with an idle one: its sockets stay open, hibernating,
 * and the next frame or request constructs it anew from its database and their attachments.
 */
async function evict(userId) {
  const { server, worker } = await started;
  await server.unsafeEvictDurableObject(worker, HUB_CLASS, { name: userId, webSockets: 'hibernate' });
}

async function answer({ ask, evict: userId }) {
  try {
    await evict(userId);
    process.send?.({ ask });
  } catch (error) {
    process.send?.({ ask, error: String(error) });
  }
}

process.once('message', async (order) => {
  process.on('message', answer);
  started = start(order);
  try {
    const { port } = await started;
    process.send?.({ port });
  } catch (error) {
    process.send?.({ error: error.stack ?? String(error) });
    await end(1);
  }
});
process.once('disconnect', () => end(0));
process.once('SIGTERM', () => end(0));
process.once('SIGINT', () => end(0));

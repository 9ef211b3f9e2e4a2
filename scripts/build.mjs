// Builds the Worker into build/, setting up what that needs. wrangler runs this before a deployment.
import { stopOnSignals } from './lib/run.mjs';
import { Plain, main, say } from './lib/say.mjs';
import { sizeLine } from './setup/build.mjs';
import { ensureWorker } from './setup/index.mjs';

stopOnSignals();
await main(async () => {
  const size = await ensureWorker();
  if (size.overBudget) throw new Plain(`The bundle is over its budget: ${sizeLine(size)}. See scripts/budgets.json.`);
  if (!size.built) say(`Worker: up to date, ${sizeLine(size)}`);
});

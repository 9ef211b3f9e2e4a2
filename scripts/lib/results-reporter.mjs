// A reporter for node's test runner: one JSON object a line for each test that ended, for counting and for checking
// that a test that a document names did run. The same test is known by its file, its name and those around it.

const outcome = (type, data) => {
  if (data.skip !== undefined) return 'skipped';
  // A test marked "to do" is not done, whatever it yields.
  if (data.todo !== undefined) return 'skipped';
  return type === 'test:pass' ? 'passed' : 'failed';
};

/** The results of a run, as they come. */
export default async function* results(source) {
  for await (const { type, data } of source) {
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    const { name, file, nesting } = data;
    const kind = data.details?.type === 'suite' ? 'suite' : 'test';
    yield `${JSON.stringify({ outcome: outcome(type, data), kind, name, file, nesting })}\n`;
  }
}

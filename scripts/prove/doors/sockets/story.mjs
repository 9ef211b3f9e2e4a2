// A seed for people: what each client did, and what it heard last.

const shown = (data) => {
  const text = Buffer.isBuffer(data) ? data.toString('latin1') : data;
  return `${JSON.stringify(text.slice(0, 160))}${text.length > 160 ? ` … ${text.length} in all` : ''}`;
};

function stepLine(step) {
  if (step.do === 'send') return `  sends ${step.binary ? 'bytes ' : ''}${shown(step.data)}`;
  if (step.do === 'wire') return `  writes ${shown(step.bytes)}${step.broken ? ' (broken)' : ''}`;
  return step.do === 'evict' ? '  its hub is evicted' : `  waits ${step.ms} ms`;
}

function clientLines(plan, at, client) {
  const { opening, mutations, steps, ending } = plan;
  const how = [opening.speaks, opening.version, opening.protocols.length === 0 && 'undecided', opening.oddity].filter(Boolean).join(', ');
  return [
    `client ${at}: ${how}; ${mutations.join(', ') || 'not spoilt'}; then ${ending.name}`,
    ...steps.slice(0, 40).map(stepLine),
    ...(steps.length > 40 ? [`  … ${steps.length} steps in all`] : []),
    `  was ${client?.refused ? `refused with ${client.refused}` : client?.closed ? `closed with ${client.closed.code} ${client.closed.reason}` : 'left open'}${client?.session ? `, session ${client.session}` : ''}`,
    ...(client?.received ?? []).slice(-3).map((text) => `  heard ${shown(text)}`),
  ];
}

/** The lines of a seed. Clients are matched by their openings, since they come in the order in which they got in. */
export function story(plan, clients) {
  return plan.clients.flatMap((one, at) =>
    clientLines(one, at, clients.find(({ opening }) => opening.headers === one.opening.headers)));
}

// What a client does, step by step. A step is `{do, …}`:
//
//   {do: 'send', data, binary}   a frame of text (or of bytes, sent as text unless `binary`)
//   {do: 'wire', bytes}          bytes below WebSocket: after these the connection is not ours any more
//   {do: 'pause', ms}            pacing
//   {do: 'evict'}                the hub leaves memory under its sockets

/** A frame. */
export const send = (data, binary = false) => ({ do: 'send', data, binary });

/** A frame of text, whatever the step holds. */
export const textOf = ({ data }) => (Buffer.isBuffer(data) ? data.toString('latin1') : data);

export const bytesOf = ({ data }) => (Buffer.isBuffer(data) ? data : Buffer.from(data));

/** The places of the frames in a history. */
export const frames = (steps) => steps.flatMap((step, at) => (step.do === 'send' ? [at] : []));

/** The same history with the step at `at` replaced by these. */
export const replaced = (steps, at, ...others) => [...steps.slice(0, at), ...others, ...steps.slice(at + 1)];

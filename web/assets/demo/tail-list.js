/** The end of something that grows: the newest entries as rows, followed by whoever looks at the end. */
import { el, setText } from '../dom.js';

const KEPT = 400;
const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3, hour12: false });

/**
 * Keeps the newest entries. Rows are made only while `shown` says that somebody sees them.
 *
 * @template T
 * @param {{label: string, row: (entry: T) => HTMLElement, matches: (entry: T) => boolean, shown: () => boolean}} options
 */
export function tailList({ label, row, matches, shown }) {
  /** @type {T[]} */
  const entries = [];
  const node = el('ol', { class: 'frame-list panel-list', tabIndex: 0, 'aria-label': label });

  /** Whether the reader looks at the end, and so wants to follow it. */
  const atEnd = () => node.scrollHeight - node.scrollTop - node.clientHeight < 40;
  const redraw = () => {
    if (!shown()) return;
    node.replaceChildren(...entries.filter(matches).map(row));
    node.scrollTop = node.scrollHeight;
  };
  const add = (/** @type {T} */ entry) => {
    entries.push(entry);
    if (entries.length > KEPT) entries.shift();
    if (!shown() || !matches(entry)) return;
    const follow = atEnd();
    node.append(row(entry));
    while (node.childElementCount > KEPT) node.firstElementChild.remove();
    if (follow) node.scrollTop = node.scrollHeight;
  };
  const clear = () => {
    entries.length = 0;
    redraw();
  };
  return { node, add, clear, redraw };
}

/**
 * A row that opens: a line, and under it the whole as `detail` writes it.
 *
 * @param {{at: number, who: string, mark?: Node | string, line: string, detail: () => string, attributes: Record<string, any>}} row
 */
export function tailRow({ at, who, mark = '', line, detail, attributes }) {
  const body = el('pre', {});
  return el('li', attributes,
    el('details', { ontoggle: () => setText(body, detail()) },
      el('summary', {}, el('span', { class: 'frame-time' }, clock.format(at)), el('span', { class: 'frame-who' }, who), mark, el('code', {}, line)),
      body));
}

/** An input with its label. @param {string} label @param {any} input */
export const labelled = (label, input) => el('span', { class: 'field' }, el('label', { for: input.id }, label), input);

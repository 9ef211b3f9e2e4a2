/** Small helpers to build and update DOM. All text goes in as text, never as markup. */

const SVG = 'http://www.w3.org/2000/svg';
let lastUid = 0;
/** What `keyed` made, by parent and key. @type {WeakMap<Element, Map<string, any>>} */
const made = new WeakMap();

/** An id that is unique in the page, to tie labels to inputs. @param {string} prefix */
export const uid = (prefix) => `${prefix}-${++lastUid}`;

/**
 * Makes an element. Properties that start with `on` become listeners, `class`,
 * `data-*`, `aria-*` and the like become attributes, the rest properties.
 *
 * @param {string} tag
 * @param {Record<string, any>} [properties]
 * @param {...(Node | string | null | undefined | false)} children
 * @returns {any} typed loosely: callers know their tag
 */
export function el(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else if (name === 'class' || name === 'for' || name === 'role' || name === 'list' || name.includes('-')) node.setAttribute(name, value);
    else /** @type {any} */ (node)[name] = value;
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** An icon of the sprite; decorative, so the text beside it (or a label) must say the same. @param {string} name */
export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  setIcon(svg, name);
  return svg;
}

/** @param {SVGElement} svg @param {string} name */
export function setIcon(svg, name) {
  const use = svg.firstChild ?? svg.appendChild(document.createElementNS(SVG, 'use'));
  /** @type {SVGUseElement} */ (use).setAttribute('href', `/assets/icons.svg#${name}`);
}

/**
 * Makes the children of `parent` match `items`, keeping the nodes (and so the
 * focus, the selection and running animations) of items that were there before.
 *
 * @template T
 * @param {Element} parent
 * @param {Iterable<T>} items
 * @param {(item: T) => string} keyOf
 * @param {(item: T) => {node: HTMLElement, update: (item: T) => void}} create
 */
export function keyed(parent, items, keyOf, create) {
  /** @type {Map<string, ReturnType<typeof create>>} */
  const known = made.get(parent) ?? new Map();
  made.set(parent, known);
  const list = [...items];
  const wanted = new Set(list.map(keyOf));
  // Removed first, so that what stays need not be moved: moving takes the focus away.
  for (const [key, { node }] of known) {
    if (wanted.has(key)) continue;
    known.delete(key);
    node.remove();
  }
  let position = parent.firstElementChild;
  for (const item of list) {
    const key = keyOf(item);
    if (!known.has(key)) known.set(key, create(item));
    const row = /** @type {ReturnType<typeof create>} */ (known.get(key));
    row.update(item);
    if (row.node === position) position = position.nextElementSibling;
    else parent.insertBefore(row.node, position);
  }
}

/** A path that may break before each slash, so that it need not break within a word. @param {string} path @returns {(Node | string)[]} */
export const breakable = (path) => path.split(/(?=\/)/).flatMap((part, at) => (at ? [el('wbr'), part] : [part]));

/** Sets text only where it changed, so that screen readers and selections are left in peace. @param {Node} node @param {string} text */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** Restarts a CSS animation that a class carries. @param {HTMLElement} node @param {string} name */
export function flash(node, name) {
  node.classList.remove(name);
  void node.offsetWidth; // without a layout between, the browser sees no change
  node.classList.add(name);
}

/** "3 s", "4 min", "2 h": a span in the coarsest unit that says enough. @param {number} ms */
export function span(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  return seconds < 86_400 ? `${Math.floor(seconds / 3600)} h` : `${Math.floor(seconds / 86_400)} d`;
}

/** The drawer at the foot of the page: panels of which one at most is open, so that the page stays in sight. */
import { el, icon } from '../dom.js';

/**
 * @typedef {object} Panel
 * @property {string} title
 * @property {HTMLElement} [extra] beside the title, in the button that opens the panel
 * @property {HTMLElement} body hidden while the panel is closed; has an id
 * @property {(open: boolean) => void} toggled called after it was opened or closed
 */

/** @param {HTMLElement} node @param {Panel[]} panels */
export function fillDrawer(node, panels) {
  const show = (/** @type {Panel | undefined} */ wanted) => {
    for (const [at, panel] of panels.entries()) {
      const open = panel === wanted;
      if (open !== panel.body.hidden) continue;
      panel.body.hidden = !open;
      buttons[at].setAttribute('aria-expanded', String(open));
      panel.toggled(open);
    }
  };
  const buttons = panels.map((panel) => el('button', {
    type: 'button', class: 'drawer-toggle', 'aria-expanded': 'false', 'aria-controls': panel.body.id,
    onclick: () => show(panel.body.hidden ? panel : undefined),
  }, icon('up'), `${panel.title} `, panel.extra));
  node.append(el('div', { class: 'drawer-bar' }, ...buttons), ...panels.map(({ body }) => body));
  makeRoom(node);
}

/**
 * Tells the style sheet how high the drawer is: the page ends above it, and
 * whatever gets the focus is scrolled out from under it.
 *
 * @param {HTMLElement} node
 */
function makeRoom(node) {
  new ResizeObserver(() => document.documentElement.style.setProperty('--drawer', `${node.offsetHeight}px`)).observe(node);
}

/** A ring that empties towards a deadline. Purely visual: the seconds stand beside it as text. */

const SVG = 'http://www.w3.org/2000/svg';

/** @param {string} className */
function circle(className) {
  const node = document.createElementNS(SVG, 'circle');
  for (const [name, value] of Object.entries({ class: className, cx: '12', cy: '12', r: '10', pathLength: '100' })) {
    node.setAttribute(name, value);
  }
  return node;
}

/**
 * @returns {{node: SVGElement, show: (fraction: number | null) => void}} `show`
 *   takes what is left, 1 to 0, or null for an empty ring
 */
export function ring() {
  const node = document.createElementNS(SVG, 'svg');
  node.setAttribute('class', 'ring');
  node.setAttribute('viewBox', '0 0 24 24');
  node.setAttribute('aria-hidden', 'true');
  const left = circle('ring-left');
  node.append(circle('ring-track'), left);
  const show = (/** @type {number | null} */ fraction) => {
    const clamped = fraction === null ? 0 : Math.min(Math.max(fraction, 0), 1);
    left.setAttribute('stroke-dashoffset', String(100 - clamped * 100));
  };
  show(null);
  return { node, show };
}

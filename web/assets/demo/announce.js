/** Tells screen readers what changed, once, however many cards saw it. */

const SAME_WITHIN_MS = 1500;
const KEPT = 5;

/** @type {Map<string, number>} */
const recent = new Map();

/** Appends a sentence to the page's polite live region. @param {string} text */
export function announce(text) {
  const now = Date.now();
  for (const [said, at] of recent) if (now - at > SAME_WITHIN_MS) recent.delete(said);
  if (recent.has(text)) return;
  recent.set(text, now);
  const region = document.getElementById('announcements');
  if (!region) return;
  region.append(Object.assign(document.createElement('p'), { textContent: text }));
  while (region.childElementCount > KEPT) region.firstElementChild?.remove();
}

/** Where things stand in the page. */

/** The id of an operation. @param {{method: string, path: string, operation: any}} entry */
export const anchorOf = ({ method, path, operation }) => operation.operationId ?? `${method}${path.replace(/[^\w]+/g, '-')}`;

/** Opens the operation, error or schema that the address names, and goes there. */
export function openTarget() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!(target instanceof HTMLDetailsElement)) return;
  target.open = true;
  target.scrollIntoView();
}

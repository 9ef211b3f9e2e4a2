/** Forms that really call the API, and the box with the token that they use. */
import { el, setText, uid } from '../dom.js';
import { sample } from './schema.js';

/** A field for the token, and in development a way to get one. It is kept in this page only. */
export function tokenBox() {
  const input = el('input', { id: uid('token'), type: 'password', autocomplete: 'off', spellcheck: false, placeholder: 'eyJ…' });
  const user = el('input', { id: uid('user'), type: 'text', autocomplete: 'off', spellcheck: false, placeholder: 'ada' });
  const admin = el('input', { id: uid('admin'), type: 'checkbox' });
  const note = el('p', { class: 'hint', role: 'status' });
  const fetchToken = async (/** @type {Event} */ event) => {
    event.preventDefault();
    const body = { userId: user.value.trim() || user.placeholder, ...(admin.checked ? { scope: 'admin' } : {}) };
    const response = await fetch('/dev/token', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
    const answer = await response.json().catch(() => ({}));
    input.value = answer.token ?? '';
    setText(note, answer.token ? `Signed in as ${body.userId} until ${answer.expiresAt}.` : (answer.detail ?? 'Only development servers give out tokens.'));
  };
  const node = el('form', { class: 'token-box', 'aria-label': 'Token', onsubmit: fetchToken },
    el('div', { class: 'try-field' }, el('label', { for: input.id }, 'Token for “Try it”'), input),
    el('div', { class: 'token-row' }, el('label', { for: user.id }, 'or sign in as'), user,
      el('span', { class: 'check' }, admin, el('label', { for: admin.id }, 'admin')), el('button', { type: 'submit', class: 'button' }, 'Get a token')), note);
  return { node, value: () => input.value.trim() };
}

/** @param {any} parameter */
function parameterField(parameter) {
  const input = el('input', { id: uid('parameter'), type: 'text', required: Boolean(parameter.required), autocomplete: 'off', spellcheck: false });
  return { parameter, input, node: el('div', { class: 'try-field' }, el('label', { for: input.id }, parameter.name), input) };
}

/**
 * @param {any} document
 * @param {{method: string, path: string, parameters: any[], body: any}} operation
 * @param {{value: () => string}} token
 */
export function tryForm(document, operation, token) {
  const fields = operation.parameters.filter(({ in: place }) => ['path', 'query', 'header'].includes(place)).map(parameterField);
  const schema = Object.values(operation.body?.content ?? {})[0]?.schema;
  const body = operation.body && el('textarea', { id: uid('body'), rows: 6, spellcheck: false, class: 'mono', value: JSON.stringify(sample(document, schema), null, 2) });
  const status = el('p', { class: 'hint', role: 'status' });
  const output = el('pre', { class: 'output', hidden: true, tabIndex: 0 });
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    setText(status, 'asking…');
    const started = performance.now();
    try {
      const { response, text } = await send(operation, fields, body?.value, token.value());
      const facts = [`${response.status} ${response.statusText}`, `${Math.round(performance.now() - started)} ms`, response.headers.get('x-request-id')];
      setText(status, facts.filter(Boolean).join(' · '));
      setText(output, pretty(text));
      output.hidden = !text;
    } catch (error) {
      setText(status, /** @type {Error} */ (error).message);
    }
  };
  return el('form', { class: 'try', onsubmit: submit }, ...fields.map(({ node }) => node),
    body && el('div', { class: 'try-field wide' }, el('label', { for: body.id }, 'Body'), body),
    el('button', { type: 'submit', class: 'button primary' }, 'Send'), status, output);
}

/** @param {{method: string, path: string}} operation @param {ReturnType<typeof parameterField>[]} fields @param {string | undefined} body @param {string} token */
async function send({ method, path }, fields, body, token) {
  const headers = new Headers(token ? { authorization: `Bearer ${token}` } : {});
  const query = new URLSearchParams();
  let address = path;
  for (const { parameter, input } of fields) {
    if (parameter.in === 'path') address = address.replace(`{${parameter.name}}`, encodeURIComponent(input.value));
    else if (input.value && parameter.in === 'query') query.append(parameter.name, input.value);
    else if (input.value) headers.set(parameter.name, input.value);
  }
  if (body !== undefined) headers.set('content-type', 'application/json');
  const response = await fetch(query.size ? `${address}?${query}` : address, { method: method.toUpperCase(), headers, body });
  return { response, text: await response.text() };
}

/** @param {string} text */
function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

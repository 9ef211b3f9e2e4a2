// Values that have broken parsers elsewhere.

export const TEXTS = [
  '', ' ', '\0', '\n', '\r\n', '\r', ':', '\\', '\\x', '\\c', '%00', '%2e%2e', '.', '..', '/', '*', '{}', '__proto__', 'constructor',
  'é'.repeat(64), '💥', '\u202e', '\ufeff', '\u2028', 'a'.repeat(129), 'a'.repeat(8193), 'null', 'NaN', '-0', '1e400', '0x1', 'true',
  "'; DROP TABLE sessions; --", '${1+1}', '<script>', 'auth0|5f7c', 'A'.repeat(36), '00000000-0000-0000-0000-000000000000',
];

/** JSON as text, since some of it no value of JavaScript would write. */
export const JSON_TEXTS = [
  'null', 'true', '0', '-0', '-1', '1e400', '-1e400', '1e-400', '9007199254740993', '18446744073709551616', '0.1', '""', '[]', '{}',
  '[[]]', '[null]', '[1]', '["a",1]', '{"a":1}', '{"a":1,"a":2}', '"\\u0000"', '"\\ud800"', '"\\udc00\\ud800"', '"\\uffff"',
  '{"__proto__":{"admin":true}}', `"${'x'.repeat(300)}"`, `[${Array(600).fill('"u"').join(',')}]`, `[${Array(60).fill('"u"').join(',')}]`,
];

/** Bytes that are no UTF-8. */
export const NO_UTF8 = [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe2, 0x82], [0x80]].map((bytes) => Buffer.from(bytes));

export const CONTENT_LENGTHS = ['-1', '0', '1', '5', '65536', '65537', '60000', '4294967296', '18446744073709551616', 'x', ' 5', '5 ', '+5', '0x5', '1e1', ''];

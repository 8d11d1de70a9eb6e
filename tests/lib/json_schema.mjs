// As much of JSON Schema 2020-12 as docs/openapi.yaml uses. A keyword that is not known here is an error, so that nothing
// in a schema goes unchecked.
import assert from 'node:assert/strict';

/** A function that follows `$ref`s within a document. */
export function resolver(document) {
  return function resolve(value) {
    let here = value;
    while (here?.$ref) {
      const from = here.$ref;
      here = from.slice(2).split('/').reduce((at, key) => at?.[key], document);
      assert.ok(here, `${from} is nowhere`);
    }
    return here;
  };
}

function typeOf(value) {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

/** keyword -> (value, argument, schema, check) -> complaint or '' */
const keywords = {
  type: (v, type) => (typeOf(v) === type || (type === 'number' && typeOf(v) === 'integer') ? '' : `is not of type ${type}`),
  const: (v, wanted) => (v === wanted ? '' : `is not ${JSON.stringify(wanted)}`),
  enum: (v, list) => (list.includes(v) ? '' : `is none of ${list}`),
  pattern: (v, pattern) => (typeof v !== 'string' || new RegExp(pattern).test(v) ? '' : `does not match ${pattern}`),
  minLength: (v, n) => (typeof v !== 'string' || v.length >= n ? '' : 'is too short'),
  maxLength: (v, n) => (typeof v !== 'string' || v.length <= n ? '' : 'is too long'),
  minimum: (v, n) => (typeof v !== 'number' || v >= n ? '' : 'is too small'),
  maximum: (v, n) => (typeof v !== 'number' || v <= n ? '' : 'is too large'),
  required: (v, names) => names.filter((name) => typeOf(v) === 'object' && !(name in v)).map((name) => `has no ${name}`).join(),
  uniqueItems: (v) => (!Array.isArray(v) || new Set(v).size === v.length ? '' : 'has something twice'),
  items: (v, schema, all, check) => { if (Array.isArray(v)) v.forEach((item, i) => check(item, schema, `[${i}]`)); },
  properties: (v, schemas, all, check) => {
    for (const [name, schema] of Object.entries(schemas)) if (typeOf(v) === 'object' && name in v) check(v[name], schema, `.${name}`);
  },
  additionalProperties: (v, allowed, schema) => {
    assert.equal(allowed, false);
    return typeOf(v) === 'object' ? Object.keys(v).filter((name) => !(name in schema.properties)).map((name) => `has ${name}`).join() : '';
  },
  oneOf: (v, schemas, all, check) => {
    const fitting = schemas.filter((s) => complaints(v, s, check.resolve).length === 0).length;
    return fitting === 1 ? '' : `fits ${fitting} of ${schemas.length} schemas`;
  },
  description: () => '',
  format: () => '', // beside a pattern that says it
};

/** What is wrong with a value, by place; empty when it fits. */
export function complaints(value, schema, resolve, place = '') {
  const found = [];
  const here = resolve(schema);
  const check = (v, s, where) => { found.push(...complaints(v, s, resolve, place + where)); };
  check.resolve = resolve;
  for (const [name, argument] of Object.entries(here)) {
    assert.ok(keywords[name], `the keyword ${name} is not known`);
    const complaint = keywords[name](value, argument, here, check);
    if (complaint) found.push(`${place || 'it'} ${complaint}`);
  }
  return found;
}

import { defineProblems } from './problem.js';

/** Problems of the door itself: routes, forms, schemas, tokens, limits, outages. */
export const platformProblems = defineProblems({
  'route.unknown': { status: 404, title: 'No such route', when: 'The path names nothing here.' },
  'route.method_not_allowed': {
    status: 405,
    title: 'Method not allowed',
    when: 'The path exists, with other methods; `Allow` lists them.',
  },
  'input.malformed': {
    status: 400,
    title: 'Request cannot be read',
    when: 'Broken JSON, text that is not UTF-8, or nesting beyond the limit.',
  },
  'input.timeout': {
    status: 408,
    title: 'Request came too slowly',
    when: 'Headers or body were not complete within the time limit.',
  },
  'input.too_large': {
    status: 413,
    title: 'Request too large',
    when: 'The body passes the limit.',
  },
  'input.unsupported_media_type': {
    status: 415,
    title: 'Unsupported media type',
    when: 'The body is not `application/json`.',
  },
  'input.invalid': {
    status: 400,
    title: 'Input does not fit the schema',
    when: 'A body, query, path or header value breaks its schema; `errors` names each place.',
  },
  'token.invalid': {
    status: 401,
    title: 'Token missing or not accepted',
    when: 'No token, or one that is forged, expired, revoked or not meant for this route.',
  },
  'resource.not_found': {
    status: 404,
    title: 'No such resource',
    when: 'The id is unknown, malformed, or belongs to somebody else: one answer for all three.',
  },
  'idempotency.key_missing': {
    status: 400,
    title: 'Idempotency-Key required',
    when: 'The route needs an `Idempotency-Key` header.',
  },
  'idempotency.key_reused': {
    status: 422,
    title: 'Idempotency-Key reused with another body',
    when: 'The same actor, route and key came with a different body.',
  },
  'idempotency.in_flight': {
    status: 409,
    title: 'Request with this Idempotency-Key is in flight',
    when: 'The first request with this key has not ended yet.',
  },
  'rate.exceeded': {
    status: 429,
    title: 'Too many requests',
    when: 'A limit by origin, account or destination is used up; `Retry-After` says when to return.',
  },
  'service.unavailable': {
    status: 503,
    title: 'Service unavailable',
    when: 'The database or another part cannot answer or cannot write; nothing was shown or done.',
  },
  'service.fault': {
    status: 500,
    title: 'Internal fault',
    when: 'An unexpected error; nothing was kept.',
  },
});

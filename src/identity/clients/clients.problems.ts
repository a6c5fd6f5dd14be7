import { defineProblems, type Problem } from '../../platform/index.js';

/** Problems of integration clients; those of the token endpoint carry RFC 6749's own code as well. */
const clientProblems = defineProblems({
  'client.authentication_failed': {
    status: 401,
    title: 'Client authentication failed',
    when: 'The client is unknown or revoked, or its assertion is not good or was used before.',
  },
  'client.request_invalid': {
    status: 400,
    title: 'Token request invalid',
    when: 'The token request lacks `grant_type`, or its client assertion is of another type.',
  },
  'client.grant_unsupported': {
    status: 400,
    title: 'Grant type not supported',
    when: 'The token request asks for another grant than `client_credentials`.',
  },
  'client.scope_invalid': {
    status: 400,
    title: 'Scope not granted',
    when: 'The token request asks for a scope that the client was not granted.',
  },
  'client.scope_unknown': {
    status: 400,
    title: 'Scope unknown',
    when: 'A client is registered with a scope that the authority policy does not name.',
  },
  'client.key_exists': {
    status: 409,
    title: 'Key name taken',
    when: 'The client has a key of that name already.',
  },
  'client.keys_exhausted': {
    status: 409,
    title: 'Too many keys',
    when: 'The client has as many keys as policy allows; remove one first.',
  },
});

export const { 'client.key_exists': keyExists, 'client.keys_exhausted': keysExhausted } =
  clientProblems;
export const scopeUnknown = clientProblems['client.scope_unknown'];

/** One answer for all that can be wrong with a client or its assertion (RFC 6749 §5.2). */
export const clientAuthenticationFailed = (): Problem =>
  clientProblems['client.authentication_failed']({
    error: 'invalid_client',
    headers: { 'www-authenticate': 'Probity realm="client", error="invalid_client"' },
  });
export const tokenRequestInvalid = (): Problem =>
  clientProblems['client.request_invalid']({ error: 'invalid_request' });
export const grantUnsupported = (): Problem =>
  clientProblems['client.grant_unsupported']({ error: 'unsupported_grant_type' });
export const scopeInvalid = (): Problem =>
  clientProblems['client.scope_invalid']({ error: 'invalid_scope' });

import { z } from 'zod';

import { defineEvent } from '../../ledger/index.js';

const keyDetail = z.strictObject({ keyId: z.uuid(), kid: z.string() });

export const clientCreated = defineEvent('client.created', {
  description: 'An integration client was registered.',
  detail: z.strictObject({ scopes: z.array(z.string()), kids: z.array(z.string()) }),
});

export const clientsListed = defineEvent('client.listed', {
  description: 'The register of integration clients was read.',
  detail: z.strictObject({ count: z.int() }),
});

export const clientKeyAdded = defineEvent('client.key_added', {
  description: 'A public key was added to an integration client.',
  detail: keyDetail,
});

export const clientKeyRemoved = defineEvent('client.key_removed', {
  description: 'A key of an integration client was removed; the tokens it had signed for ended.',
  detail: z.strictObject({ keyId: z.uuid() }),
});

export const clientRevoked = defineEvent('client.revoked', {
  description: 'An integration client was revoked; its tokens ended.',
  detail: z.strictObject({}),
});

export const clientChangeRefused = defineEvent('client.change_refused', {
  description: 'Reading or changing the register of integration clients was refused.',
  detail: z.strictObject({
    step: z.enum(['create', 'list', 'add-key', 'remove-key', 'revoke']),
    reason: z.enum(['authority', 'unknown', 'too_many_keys', 'key_repeated']),
  }),
});

export const clientTokenIssued = defineEvent('client.token_issued', {
  description: 'An integration client signed in with a key of its own.',
  detail: z.strictObject({ keyId: z.uuid(), scopes: z.array(z.string()) }),
});

export const clientTokenRefused = defineEvent('client.token_refused', {
  description: 'The sign-in of an integration client was refused; the answer did not say why.',
  detail: z.strictObject({
    reason: z.enum(['authority', 'request', 'grant', 'assertion', 'replay', 'scope']),
  }),
});

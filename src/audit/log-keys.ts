import { Injectable } from '@nestjs/common';
import { z } from 'zod';

import { formatVerifierKey, noteKeyId } from '../ledger/index.js';
import { Config, KeyStore } from '../platform/index.js';

export const logKeysSchema = z
  .strictObject({
    items: z.array(
      z.strictObject({
        vkey: z.string().describe('C2SP verifier key: name+keyId+base64(type ‖ public key)'),
        keyId: z.string().describe('8 hex digits'),
        from: z.iso.datetime(),
        until: z.iso.datetime().nullable(),
      }),
    ),
  })
  .meta({ id: 'LogKeys' });

/** The public keys that checkpoints and receipts are checked with, newest first. */
@Injectable()
export class LogKeys {
  constructor(
    private readonly keys: KeyStore,
    private readonly config: Config,
  ) {}

  list(): z.infer<typeof logKeysSchema> {
    const name = this.config.logOrigin;
    const items = this.keys.signingKeys('log').map(({ publicKeyBytes, createdAt, retiredAt }) => ({
      vkey: formatVerifierKey(name, publicKeyBytes),
      keyId: noteKeyId(name, publicKeyBytes).toString('hex'),
      from: createdAt.toISOString(),
      until: retiredAt?.toISOString() ?? null,
    }));
    return { items };
  }
}

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';
import { exportJWK, exportPKCS8, generateKeyPair } from 'jose';

import { clientId, CompanyOpenId, redirectUri } from '../../support/openid-provider.js';
import { People, type Reply } from '../people.js';

const ada = {
  sub: 'company|ada',
  email: 'ada@company.example',
  email_verified: true,
  groups: ['probity-leads'],
  amr: ['pwd', 'otp', 'mfa'],
};

/** Signs somebody in where the provider knows one key of the client and the service holds another, or the same. */
async function signIn(algorithm: 'ES256' | 'RS256', isKnown: boolean): Promise<Reply> {
  const folder = await mkdtemp(join(tmpdir(), 'probity-oidc-key-'));
  const held = await generateKeyPair(algorithm, { extractable: true });
  const known = isKnown ? held : await generateKeyPair(algorithm, { extractable: true });
  const file = join(folder, 'client.pem');
  await writeFile(file, await exportPKCS8(held.privateKey));
  const company = await CompanyOpenId.open({
    ...(await exportJWK(known.publicKey)),
    ...{ kid: 'probity-1', alg: algorithm, use: 'sig' },
  });
  const people = await People.open({
    env: {
      PROBITY_OIDC_ISSUER: company.issuer,
      PROBITY_OIDC_CLIENT_ID: clientId,
      PROBITY_OIDC_PRIVATE_KEY_FILE: file,
      PROBITY_OIDC_PRIVATE_KEY_ALGORITHM: algorithm,
      PROBITY_OIDC_REDIRECT_URI: redirectUri,
    },
  });
  try {
    company.person = ada;
    const { body } = await people.post('/v1/staff-sessions/oidc/authorizations', {});
    const answer = Object.fromEntries(await company.visit(body.authorizationUrl as string));
    return await people.post('/v1/staff-sessions/oidc', { loginToken: body.loginToken, ...answer });
  } finally {
    await people.close();
    await company.close();
    await rm(folder, { recursive: true });
  }
}

describe('the service as the provider’s client, by private_key_jwt', () => {
  it.each(['ES256', 'RS256'] as const)('signs staff in under a key of %s', async (algorithm) => {
    const { status, body } = await signIn(algorithm, true);
    expect([status, body.code]).toEqual([201, undefined]);
    expect(body.accessToken).toEqual(expect.any(String));
  });

  it('opens no session where the provider knows another key', async () => {
    const { status, body } = await signIn('ES256', false);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(body.accessToken).toBeUndefined();
  });
});

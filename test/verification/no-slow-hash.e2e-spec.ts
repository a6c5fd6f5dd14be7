import { createRequire } from 'node:module';

import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';

import type { People } from '../identity/people.js';
import type { Probity } from '../support/app.js';
import type { VerifiedPerson } from './verified-person.js';

type Argon2 = typeof import('@node-rs/argon2');
let slowHashes = 0;

// The library itself, with each call counted; everything that imports it comes after.
jest.unstable_mockModule('@node-rs/argon2', () => {
  const real = createRequire(import.meta.url)('@node-rs/argon2') as Argon2;
  const counted =
    <Args extends unknown[], Result>(call: (...args: Args) => Result) =>
    (...args: Args): Result => {
      slowHashes += 1;
      return call(...args);
    };
  return { ...real, hash: counted(real.hash), verify: counted(real.verify) };
});

describe('argon2id', () => {
  beforeEach(() => {
    slowHashes = 0;
  });

  describe('on the path of a code', () => {
    let people: People;
    let jane: VerifiedPerson;
    let juan: VerifiedPerson;

    beforeAll(async () => {
      people = await (await import('../identity/people.js')).People.open();
      const { VerifiedPerson } = await import('./verified-person.js');
      jane = await VerifiedPerson.open(people);
      juan = await VerifiedPerson.open(people);
    });
    afterAll(() => people.close());

    it('is never called: for a sent code, right or wrong, a TOTP, a recovery code or a passcode', async () => {
      expect((await jane.prove()).status).toBe(200);
      expect((await jane.prove({ purpose: 'statement', code: '000000' })).status).toBe(401);
      const { secret } = await jane.withTotp();
      people.clock.advance(60_000);
      const totp = await people.totp(secret);
      expect((await jane.prove({ method: 'totp', code: totp })).status).toBe(200);
      const [code = ''] = await juan.withRecoveryCodes();
      const used = await juan.prove({ purpose: 'statement', method: 'recovery-code', code });
      expect(used.status).toBe(200);
      await jane.again();
      expect(slowHashes).toBe(0);
    });
  });

  describe('for a staff password', () => {
    let probity: Probity;

    beforeAll(async () => {
      probity = await (await import('../support/app.js')).Probity.open();
    });
    afterAll(() => probity.close());

    it('is what compares it', async () => {
      await probity.staff('compliance');
      expect(slowHashes).toBeGreaterThan(0);
    });
  });
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { jane, People } from './people.js';

describe('CreateCustomerSession', () => {
  let people: People;

  beforeAll(async () => {
    people = await People.open();
  });
  afterAll(() => people.close());

  it('opens a session of one factor and reports it', async () => {
    const { status, body } = await people.post('/v1/customer-sessions', {
      customerNumber: jane.customerNumber,
      passcode: jane.passcode,
    });
    expect(status).toBe(201);
    expect(body).toMatchObject({ tokenType: 'Bearer', expiresIn: 900, acr: 'aal1', amr: ['pin'] });
    expect((await people.events('session.')).at(-1)).toMatchObject({
      type: 'session.created',
      outcome: 'success',
    });
  });
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { jane, Probity } from '../support/app.js';

describe('A purpose that policy does not list', () => {
  let probity: Probity;

  beforeAll(async () => {
    probity = await Probity.open();
  });
  afterAll(() => probity.close());

  it('is refused, and the text that was sent stands in no event', async () => {
    const token = await probity.signIn(jane);
    const reply = await probity.get('/v1/accounts', {
      token,
      headers: { 'Probity-Purpose': 'jane-doe-of-elm-street' },
    });
    expect([reply.status, reply.body.code]).toEqual([400, 'purpose.unknown']);
    const events = await probity.events();
    expect(events.filter(({ code }) => code === 'purpose.unknown')).toHaveLength(1);
    expect(JSON.stringify(events)).not.toContain('elm-street');
  });
});

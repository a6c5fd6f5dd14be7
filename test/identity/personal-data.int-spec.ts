import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { AppDatabase, type SubjectRef } from '../../src/platform/index.js';
import { PersonalDataSources } from '../../src/privacy/index.js';
import { People, type SignedIn } from './people.js';

describe('personal data of sessions, challenges and notifications', () => {
  let people: People;
  let jane: SignedIn;
  let subjectRef: SubjectRef;

  beforeAll(async () => {
    people = await People.open();
    jane = await people.newSession();
    await people.post('/v1/challenges', { method: 'sms', purpose: 'fraud' }, jane.token);
    [{ subject_ref: subjectRef }] = (await people.database.query(
      'SELECT subject_ref FROM customers',
    )) as [{ subject_ref: SubjectRef }];
  });
  afterAll(() => people.close());

  const each = async <Result>(
    ask: (source: ReturnType<PersonalDataSources['list']>[number]) => Promise<Result>,
  ): Promise<Result[]> => Promise.all(people.app.get(PersonalDataSources).list().map(ask));

  it('is handed out to the person', async () => {
    const { manager } = people.app.get(AppDatabase);
    const excerpts = (await each((source) => source.collect(manager, subjectRef))).flat();
    const of = (category: string) =>
      excerpts.find((excerpt) => excerpt.category === category)?.records ?? [];
    expect(of('customer')).toMatchObject([{ customerNumber: jane.customerNumber }]);
    expect(of('sessions')).toHaveLength(1);
    expect(of('challenges')).toMatchObject([{ method: 'sms', purpose: 'fraud' }]);
    expect(of('notifications')).toMatchObject([{ channel: 'sms' }]);
  });

  it('is erased, and nobody can act as the person any more', async () => {
    await people.app
      .get(AppDatabase)
      .transaction((manager) => each((source) => source.erase(manager, subjectRef)));
    const { manager } = people.app.get(AppDatabase);
    const excerpts = (await each((source) => source.collect(manager, subjectRef))).flat();
    const left = excerpts.filter(
      ({ category }) => category === 'customer' || category === 'challenges',
    );
    expect(left.flatMap(({ records }) => records)).toEqual([]);
    expect((await people.get('/v1/authenticators', jane.token)).status).toBe(401);
  });
});

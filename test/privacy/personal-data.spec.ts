import { type PersonalDataSource, PersonalDataSources } from '../../src/privacy/personal-data.js';

const source = (context: string, ...tables: string[]): PersonalDataSource => ({
  context,
  tables,
  collect: () => Promise.resolve([]),
  erase: () => Promise.resolve({ recordsErased: 0, recordsKept: [] }),
});

describe('PersonalDataSources', () => {
  it('knows which tables are answered for', () => {
    const sources = new PersonalDataSources();
    sources.register(source('identity', 'customers'));

    expect(sources.covers('customers')).toBe(true);
    expect(sources.covers('messages')).toBe(false);
    expect(sources.list().map(({ context }) => context)).toEqual(['identity']);
  });

  it('refuses a context or a table that is registered already', () => {
    const sources = new PersonalDataSources();
    sources.register(source('identity', 'customers'));

    expect(() => sources.register(source('identity', 'staff'))).toThrow(/twice/);
    expect(() => sources.register(source('cases', 'customers'))).toThrow(/twice/);
  });
});

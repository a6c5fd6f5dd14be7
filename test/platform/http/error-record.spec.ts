import { z } from 'zod';

import { describeError } from '../../../src/platform/http/error-record.js';

const canary = 'jane.doe@example.com';

/** An error as the PostgreSQL driver makes it. */
function databaseError(): Error {
  return Object.assign(new Error(`invalid input syntax for type uuid: "${canary}"`), {
    severity: 'ERROR',
    code: '22P02',
    detail: `Key (email)=(${canary}) already exists.`,
    where: `unnamed portal parameter $1 = '${canary}'`,
    constraint: 'staff_email_key',
    table: 'staff',
  });
}

describe('describeError', () => {
  it('keeps code, table and constraint of a database error and none of its values', () => {
    const record = describeError(databaseError());

    expect(record).toMatchObject({ code: '22P02', constraint: 'staff_email_key', table: 'staff' });
    expect(JSON.stringify(record)).not.toContain(canary);
  });

  it('keeps nothing of a query and its parameters', () => {
    const wrapped = Object.assign(new Error(canary), {
      name: 'QueryFailedError',
      query: `SELECT '${canary}'`,
      parameters: [canary],
      driverError: databaseError(),
    });

    expect(JSON.stringify(describeError(wrapped))).not.toContain(canary);
  });

  it('keeps nothing of what a parser or a schema stumbled over', () => {
    const thrown = [
      () => JSON.parse(`{"a":${canary}`) as unknown,
      () => z.enum(['a']).parse(canary),
      () => z.strictObject({}).parse({ [canary]: 1 }),
    ].map((parse) => {
      try {
        return parse();
      } catch (error) {
        return error;
      }
    });

    for (const error of thrown) expect(JSON.stringify(describeError(error))).not.toContain(canary);
  });

  it('follows causes, a few of them', () => {
    const loop = new Error('outer');
    loop.cause = loop;
    const depthOf = (record: { cause?: object } | undefined): number =>
      record ? 1 + depthOf(record.cause) : 0;

    expect(depthOf(describeError(loop))).toBe(4);
    expect(describeError(new Error('outer', { cause: databaseError() })).cause).toMatchObject({
      code: '22P02',
    });
  });

  it('describes what is no error by its type alone', () => {
    expect(describeError(canary)).toEqual({ type: 'string', frames: [] });
  });
});

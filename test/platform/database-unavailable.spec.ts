import { isDatabaseUnavailable } from '../../src/platform/database-unavailable.js';

function withCode(code: string): Error {
  return Object.assign(new Error('it failed'), { code });
}

describe('isDatabaseUnavailable', () => {
  it.each(['08006', '28P01', '53300', '57P01', '57014', '58030', '25006', '3D000', '55P03'])(
    'holds SQLSTATE %s for an outage',
    (code) => {
      expect(isDatabaseUnavailable(withCode(code))).toBe(true);
    },
  );

  it.each(['23505', '22P02', '40001', '42501', '40P01', 'P0001'])(
    'holds SQLSTATE %s for a fault or a conflict',
    (code) => {
      expect(isDatabaseUnavailable(withCode(code))).toBe(false);
    },
  );

  it.each(['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EAI_AGAIN'])('knows %s', (code) => {
    expect(isDatabaseUnavailable(withCode(code))).toBe(true);
  });

  it.each(['Connection terminated unexpectedly', 'timeout exceeded when trying to connect'])(
    'knows the driver saying "%s"',
    (message) => {
      expect(isDatabaseUnavailable(new Error(message))).toBe(true);
    },
  );

  it("looks into the ORM's error and into causes", () => {
    const driverError = withCode('57P01');
    expect(isDatabaseUnavailable(Object.assign(new Error('Query failed'), { driverError }))).toBe(
      true,
    );
    expect(isDatabaseUnavailable(new Error('outer', { cause: driverError }))).toBe(true);
  });

  it.each([undefined, null, 'ECONNREFUSED', 42, {}])('is not deceived by %p', (value) => {
    expect(isDatabaseUnavailable(value)).toBe(false);
  });
});

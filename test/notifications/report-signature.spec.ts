import { describe, expect, it } from '@jest/globals';

import { isSigned, signReport } from '../../src/notifications/report-signature.js';
import { Secret } from '../../src/platform/index.js';

const token = new Secret('12345');
/** The worked example that the API's documentation gives. */
const report = {
  url: 'https://mycompany.com/myapp.php?foo=1&bar=2',
  form: {
    Digits: '1234',
    To: '+18005551212',
    From: '+14158675309',
    Caller: '+14158675309',
    CallSid: 'CA1234567890ABCDE',
  },
};
const signature = signReport(token, report);

describe('The signature of a delivery report', () => {
  it('is the one of the documentation', () => {
    expect(signature).toBe('RSOYDt4T1cUTdK1PDd93/VVr8B8=');
    expect(isSigned(token, report, signature)).toBe(true);
  });

  it.each([
    ['another address', { ...report, url: `${report.url}0` }],
    ['a changed value', { ...report, form: { ...report.form, Digits: '1235' } }],
    ['a value more', { ...report, form: { ...report.form, More: '' } }],
    ['a value less', { ...report, form: { Digits: '1234' } }],
  ])('is not that of %s', (_, other) => {
    expect(isSigned(token, other, signature)).toBe(false);
  });

  it.each([undefined, '', 'x', signature.slice(4), `${signature}${signature}`, 'é'.repeat(28)])(
    'is not %j',
    (other) => {
      expect(isSigned(token, report, other)).toBe(false);
    },
  );

  it('needs the account’s own secret', () => {
    expect(isSigned(new Secret('12346'), report, signature)).toBe(false);
  });
});

import fc from 'fast-check';
import { bareSixDigits } from '../../src/redaction/index.js';

describe('bareSixDigits', () => {
  it.each(['123456', '123-456', '123 456', '  123456\n', '12-34-56', '1 2 3 4 5 6', '１２３４５６', '١٢٣٤٥٦', '123\u00a0456', '123–456', '\u200b123456'])(
    'reads %j',
    (text) => {
      expect(bareSixDigits(text)).toBe('123456');
    },
  ); // prettier-ignore

  it.each(['', '12345', '1234567', '123456.', 'code 123456', '123--456', '123 - 456', '123.456', '12a456', '-123456', '123456 please'])(
    'does not read %j',
    (text) => {
      expect(bareSixDigits(text)).toBeNull();
    },
  ); // prettier-ignore

  it('answers six ASCII digits or nothing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(bareSixDigits(text) ?? '000000').toMatch(/^\d{6}$/);
      }),
    );
  });
});

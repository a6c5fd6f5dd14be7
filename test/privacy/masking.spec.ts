import { maskAccountNumber, maskCard, maskEmail, maskPhone } from '../../src/privacy/masking.js';

describe('masking', () => {
  it('shows two digits of an account and of a telephone, four of a card', () => {
    expect(maskAccountNumber('000123456756')).toBe('**56');
    expect(maskAccountNumber('DE89 3704 0044 0532 0130 00')).toBe('**00');
    expect(maskPhone('+1 (415) 555-0134')).toBe('**34');
    expect(maskCard('4000 0000 0008 1234')).toBe('**1234');
  });

  it('shows of an e-mail address the first letter and the last label', () => {
    expect(maskEmail('jane.doe@example.com')).toBe('j**@**.com');
    expect(maskEmail('jane@localhost')).toBe('j**@**');
    expect(maskEmail('"a@b"@example.co.uk')).toBe('"**@**.uk');
  });

  it.each(['', '1', '123'])('shows nothing of %j, which is too short to hide the rest', (text) => {
    expect(maskAccountNumber(text)).toBe('**');
    expect(maskPhone(text)).toBe('**');
    expect(maskCard(text)).toBe('**');
    expect(maskEmail(text)).toBe('**');
  });
});

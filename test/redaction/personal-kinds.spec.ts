import fc from 'fast-check';

import {
  personalKinds,
  redact,
  redactionKinds,
  type RedactionKind,
} from '../../src/redaction/index.js';

const everything = { kinds: redactionKinds };

function found(text: string): [RedactionKind, string][] {
  const { text: redacted, redactions } = redact(text, everything);
  return redactions.map(({ kind, start, end }) => [kind, redacted.slice(start, end)]);
}

const planted: readonly (readonly [RedactionKind, string, string])[] = [
  ['phone-number', '+1 415 555 0134', 'call me at +1 415 555 0134'],
  ['phone-number', '(415) 555-0134', 'my number (415) 555-0134, after five'],
  ['phone-number', '415-555-0134', '415-555-0134'],
  ['phone-number', '+49 (0)151 23456789', 'Handy +49 (0)151 23456789'],
  ['phone-number', '0044 20 7946 0958', '0044 20 7946 0958 is mine'],
  ['phone-number', '020 7946 0958', 'ring 020 7946 0958'],
  ['phone-number', '٤١٥-٥٥٥-٠١٣٤', 'phone ٤١٥-٥٥٥-٠١٣٤'],
  ['phone-number', '４１５－５５５－０１３４', 'tel ４１５－５５５－０１３４'],
  ['phone-number', '5550134', 'phone: 5550134'],
  ['email-address', 'jo.doe+bank@example.org', 'write to jo.doe+bank@example.org.'],
  ['email-address', 'jo@mail.example.co.uk', '<jo@mail.example.co.uk>'],
  ['email-address', 'jo (at) example (dot) org', 'jo (at) example (dot) org'],
  ['email-address', 'jörg@müller.de', 'meine ist jörg@müller.de'],
  ['email-address', 'jo\u200b@example.org', 'jo\u200b@example.org'],
  ['crypto-address', '1BoatSLRHtKNngkdXEeobR76b53LETtpyT', 'to 1BoatSLRHtKNngkdXEeobR76b53LETtpyT'],
  ['crypto-address', '3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy', '3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy!'],
  [
    'crypto-address',
    'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4',
    'sent to bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4',
  ],
  [
    'crypto-address',
    'bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0',
    'bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0',
  ],
  [
    'crypto-address',
    '0x52908400098527886E0F7030069857D2E4169EE7',
    'wallet 0x52908400098527886E0F7030069857D2E4169EE7',
  ],
  ['routing-number', '021000021', 'routing number 021000021'],
  ['routing-number', '0210-0002-1', 'ABA: 0210-0002-1'],
  ['bank-account-number', '000123456789', 'my account number is 000123456789'],
  ['bank-account-number', '1234 5678 90', 'acct no. 1234 5678 90'],
  ['passport-number', 'C01X00T47', 'my passport number is C01X00T47'],
  ['passport-number', '912803456', 'US passport: 912803456'],
  ['driving-licence-number', 'D123-4567-8901', "driver's license number is D123-4567-8901"],
  ['driving-licence-number', 'MORGA657054SM9IJ', 'driving licence no MORGA657054SM9IJ'],
];

/** What looks alike and is none of them: a wrong checksum, a day, an order, a price. */
const others = [
  '1BoatSLRHtKNngkdXEeobR76b53LETtpyU',
  'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5',
  'routing number 021000022',
  'order 415-555-0134',
  'order number 8812345678901',
  'call me on 2026-01-15 please',
  'paid $4155550134.00',
  'user@localhost',
  'meet me @ noon',
  'account ending 56',
  'account 100001',
  'my passport expires in 2027',
  'tracking 1Z999AA10123456784',
  '10 000 000',
];

describe('redact, asked for personal kinds', () => {
  it.each(planted)('takes out a %s written %s', (kind, secret, text) => {
    expect(found(text)).toEqual([[kind, `[${kind} removed]`]]);
    expect(redact(text, everything).text).not.toContain(secret);
  });

  it.each(others)('leaves %s alone', (text) => {
    expect(redact(text, everything).text).toBe(text);
  });

  it('leaves them alone where nobody asks for them', () => {
    const altered = planted.filter(([, , text]) => redact(text).text !== text);
    expect(altered).toEqual([]);
  });

  it('takes out the wanted kinds and no other', () => {
    const text = 'jo@example.org, 415-555-0134, card 4000 0000 0008 1234';
    expect(redact(text, { kinds: ['email-address'] }).text).toBe(
      '[email-address removed], 415-555-0134, card 4000 0000 0008 1234',
    );
    expect(personalKinds.every((kind) => redactionKinds.includes(kind))).toBe(true);
  });

  it('keeps of a card what the policy allows, and a second pass keeps that', () => {
    const text = 'card 4000 0000 0008 1234';
    const kept = (['nothing', 'last-four', 'bin-and-last-four'] as const).map(
      (keep) => redact(text, { keep }).text,
    );
    expect(kept).toEqual([
      'card [card-number removed]',
      'card [card ****1234]',
      'card [card 400000****1234]',
    ]);
    expect(kept.map((once) => redact(once, everything).text)).toEqual(kept);
  });

  it('never throws and changes nothing on a second pass', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 16 }),
      fc.constantFrom(...planted.map(([, , text]) => text), ...others, '+', '00', '@', '(0)'),
      fc.stringMatching(/^[\d+() \-.]{0,24}$/),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), (pieces) => {
        const once = redact(pieces.join(' '), everything).text;
        expect(redact(once, everything).text).toBe(once);
      }),
    );
  });
});

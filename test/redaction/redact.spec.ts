import fc from 'fast-check';
import { countSteps, findCardNumbers, redact } from '../../src/redaction/index.js';
import { cleanMessages } from './clean-messages.js';
import {
  cardMessages,
  cvvMessages,
  ibanMessages,
  keyMessages,
  oneTimeCodeMessages,
  passwordMessages,
  pinMessages,
  seedMessages,
  ssnMessages,
  tokenMessages,
  type PlantedMessage,
} from './planted-messages.js';

/** Every planted secret is looked for as it was written and as bare letters and digits. */
function leaks({ text, secret }: PlantedMessage): boolean {
  const bare = (value: string) => value.normalize('NFKC').replace(/[^\p{L}\p{N}]/gu, '');
  const { text: redacted } = redact(text);
  return redacted.includes(secret) || bare(redacted).includes(bare(secret));
}

const leaked = (messages: readonly PlantedMessage[]) =>
  messages.filter(leaks).map(({ text }) => [text, redact(text).text]);

/** What the edges of a text save: windows that would reach beyond it are cut short. */
const MARGIN_STEPS = 8000;

describe('redact', () => {
  it.each([
    ['card numbers', cardMessages()],
    ['card verification values', cvvMessages()],
    ['personal identification numbers', pinMessages()],
    ['one-time codes', oneTimeCodeMessages()],
    ['passwords', passwordMessages()],
    ['social security and taxpayer numbers', ssnMessages()],
    ['bank account numbers', ibanMessages()],
    ['private keys', keyMessages()],
    ['seed phrases', seedMessages()],
    ['access tokens', tokenMessages()],
  ])('takes out all %s', (_name, messages) => {
    expect(messages.length).toBeGreaterThan(5);
    expect(leaked(messages)).toEqual([]);
  });

  it('alters at most one clean message in a hundred', () => {
    const altered = cleanMessages()
      .map((text) => [text, redact(text).text])
      .filter(([text, redacted]) => text !== redacted);
    expect(altered.slice(0, 20).length).toBeLessThanOrEqual(cleanMessages().length / 100);
    expect(cleanMessages().length).toBeGreaterThan(400);
  });

  it('keeps the last four digits of a card and says where the placeholder stands', () => {
    expect(redact('My card 4000 0000 0008 1234, CVV 987, was used')).toEqual({
      text: 'My card [card ****1234], CVV [cvv removed], was used',
      redactions: [
        { kind: 'card-number', start: 8, end: 23 },
        { kind: 'cvv', start: 29, end: 42 },
      ],
    });
  });

  it('places spans in UTF-16 units of the redacted text', () => {
    const { text, redactions } = redact('😀 card 4000\u200b0000\u200b0008\u200b1234 😀 pin 4321');
    expect(redactions.map(({ start, end }) => text.slice(start, end))).toEqual([
      '[card ****1234]',
      '[pin removed]',
    ]);
  });

  it('hands out full card numbers apart from the redacted text', () => {
    expect(findCardNumbers('٤٠٠٠ ٠٠٠٠ ٠٠٠٨ ١٢٣٤ and 4000-0000-0008-1234')).toEqual([
      '4000000000081234',
    ]);
  });

  it('names a taxpayer number and a social security number apart', () => {
    const kinds = (text: string) => redact(text).redactions.map(({ kind }) => kind);
    expect(kinds('123-45-6789 and 912-70-1234')).toEqual(['ssn', 'itin']);
  });

  it('changes nothing on a second pass', () => {
    fc.assert(
      fc.property(anyMessage(), (text) => {
        const once = redact(text).text;
        expect(redact(once).text).toBe(once);
      }),
    );
  });

  it('never throws, and its spans are ascending, disjoint and inside the text', () => {
    fc.assert(
      fc.property(anyMessage(), (message) => {
        const { text, redactions } = redact(message);
        let from = 0;
        for (const { start, end } of redactions) {
          expect(start).toBeGreaterThanOrEqual(from);
          expect(text.slice(start, end)).toMatch(/^\[(card \*{4}\d{4}|[a-z-]+ removed)\]$/);
          from = end;
        }
        expect(from).toBeLessThanOrEqual(text.length);
      }),
    );
  });

  it('looks twice as often at a text twice as long, whatever it is made of', () => {
    for (const unit of adversarialUnits) {
      const once = countSteps(unit.repeat(400));
      const twice = countSteps(unit.repeat(800));
      expect([unit, twice <= 2 * once + MARGIN_STEPS]).toEqual([unit, true]);
    }
  });
});

/** Pieces that make recognisers look far: half-made secrets, endless gaps, openings never closed. */
const adversarialUnits = [
  '4',
  '4 ',
  '4000 ',
  '4000-0000-',
  'cvv ',
  'cvv is the ',
  'password is ',
  'password: ',
  'my code is ',
  'de89 ',
  'gb82 west ',
  'eyJhbGciOiJ',
  'eyJhbGciOiJ.',
  '-----BEGIN PRIVATE KEY-----',
  '-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n',
  'abandon ',
  '123-45-',
  ' ',
  '\u200b4',
  '=',
  'bearer ',
  'a=',
  '[cvv removed]',
  '[card ****1234] 4000 0000 0008 1234 ',
  '123 is my ',
  '٤٠٠٠ ',
  '0xabcdef',
];

function anyMessage(): fc.Arbitrary<string> {
  const planted = [cardMessages, cvvMessages, ibanMessages, seedMessages, passwordMessages]
    .flatMap((messages) => messages())
    .map(({ text }) => text);
  const piece = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc.string({ maxLength: 20 }),
    fc.constantFrom(...planted, ...adversarialUnits),
    fc.stringMatching(/^[\d \-.]{0,24}$/),
  );
  return fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(''));
}

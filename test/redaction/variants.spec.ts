import {
  redact,
  redactionKinds,
  redactNext,
  type RedactionTrail,
} from '../../src/redaction/index.js';
import { cleanMessages } from './clean-messages.js';

const PARTS = ['4000', '0000', '0008', '1234'];
const CARD = PARTS.join(' ');

/** How one card number may be written so that a plain search passes over it. */
const written: readonly (readonly [string, string])[] = [
  ['words between the groups', 'first 4000, then 0000, after that 0008 and it ends with 1234'],
  ['ordinals between the groups', '1st: 4000; 2nd: 0000; 3rd: 0008; 4th: 1234'],
  ['an e-mail quoted over lines', `> > 4000\n> > 0000\n> > 0008\n> > 1234`],
  ['HTML around each group', PARTS.map((part) => `<b class="n">${part}</b>`).join('&nbsp;')],
  ['HTML table cells', PARTS.map((part) => `<td>${part}</td>`).join('\n')],
  ['HTML inside a group', '40<span>00</span> 00<i>00</i> 0008 12<wbr>34'],
  ['decimal entities', CARD.replace(/\d/g, (digit) => `&#${String(48 + Number(digit))};`)],
  ['hexadecimal entities', CARD.replace(/\d/g, (digit) => `&#x3${digit};`)],
  ['percent escapes', PARTS.join('%20')],
  ['soft line breaks', '4000 0000 00=\r\n08 1234'],
  ['letters for digits', '4OOO OOOO OOO8 l234'],
  ['letters for digits, in one', '4OOOoooooOO8I234'],
  ['zero-width characters', Array.from(CARD.replaceAll(' ', ''), (digit) => digit).join('\u200b')],
  ['full-width digits', '４０００ ００００ ０００８ １２３４'],
  ['Arabic-Indic digits', '٤٠٠٠ ٠٠٠٠ ٠٠٠٨ ١٢٣٤'],
  ['Persian digits', '۴۰۰۰ ۰۰۰۰ ۰۰۰۸ ۱۲۳۴'],
  ['Devanagari digits', '४००० ०००० ०००८ १२३४'],
];

function tell(messages: readonly string[]) {
  let trail: RedactionTrail = [];
  return messages.map((message) => {
    const answer = redactNext(trail, message);
    trail = answer.trail;
    return answer;
  });
}

describe('redact, whatever way a card number is written', () => {
  it.each(written)('takes it out with %s', (_name, text) => {
    const { text: redacted, redactions } = redact(`I typed ${text} there`);
    expect(redactions.map(({ kind }) => kind)).toEqual(['card-number']);
    expect(redacted).toContain('[card ****1234]');
    expect(redacted.replace('[card ****1234]', '')).not.toMatch(/\p{Nd}{3}/u);
  });

  it('leaves what stands around markup as it was written', () => {
    expect(redact('<p>cvv: <b>987</b></p> &amp; more').text).toBe(
      '<p>cvv: <b>[cvv removed]</b></p> &amp; more',
    );
  });

  it('leaves years, letters and other numbers in a sentence alone', () => {
    const clean = [
      'from 2019 over 2020 and 2021 to 2022',
      'I lost O2 and Il Postino 11',
      '<p>order 4912345678901235</p>',
      'Terminal 4100, gate 2200, seat 3300, row 4400',
    ];
    expect(clean.map((text) => redact(text).text)).toEqual(clean);
  });
});

describe('redact, asked for everything', () => {
  it('alters no clean message but for telephone and routing numbers', () => {
    const altered = cleanMessages()
      .map((text) => redact(text, { kinds: redactionKinds }))
      .filter(({ redactions }) =>
        redactions.some(({ kind }) => kind !== 'phone-number' && kind !== 'routing-number'),
      );
    expect(altered.length).toBeLessThanOrEqual(cleanMessages().length / 100);
  });
});

describe('redactNext', () => {
  it('finds a card number told in four messages and says how many of them hold it', () => {
    const last = tell(['here it comes', ...PARTS]).at(-1);
    expect(last).toMatchObject({ text: '[card ****1234]', earlier: 3 });
  });

  it('takes out what the last message begins with and keeps the rest of it', () => {
    expect(tell(['4000 0000', '0008 1234 and my cvv is 987, thanks']).at(-1)).toMatchObject({
      text: '[card ****1234] and my cvv is [cvv removed], thanks',
      redactions: [
        { kind: 'card-number', start: 0, end: 15 },
        { kind: 'cvv', start: 30, end: 43 },
      ],
      earlier: 1,
    });
  });

  it('finds a code whose name came a message before', () => {
    expect(tell(['my cvv is', '987']).at(-1)?.text).toBe('[cvv removed]');
  });

  it('redacts each message alone where nothing crosses', () => {
    const answers = tell(['what is my balance', '100001', 'order 4912345678901235', '123456']);
    expect(answers.map(({ text, earlier }) => [text, earlier])).toEqual([
      ['what is my balance', 0],
      ['100001', 0],
      ['order 4912345678901235', 0],
      ['123456', 0],
    ]);
  });
});

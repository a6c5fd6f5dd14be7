import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import fc from 'fast-check';
import { parse } from 'yaml';

import { IntentClassifier, intentIds } from '../../src/intents/index.js';
import { detectLanguage } from '../../src/intents/language.js';
import { normaliseMessage, trimWrapping } from '../../src/intents/message-text.js';
import { projectRoot } from '../../src/intents/project-root.js';
import { scoreSentiment } from '../../src/intents/sentiment.js';
import { judgeUrgency } from '../../src/intents/urgency.js';
import { intentsPolicySchema } from '../../src/policy/index.js';

const policy = intentsPolicySchema.parse(
  parse(readFileSync(join(projectRoot(), 'policies', 'intents.yaml'), 'utf8')),
);
const classifier = IntentClassifier.open(policy);
const now = new Date('2026-03-18T12:00:00Z');

describe('IntentClassifier', () => {
  it('answers everything about a fraud report', () => {
    expect(classifier.classify("I see a $500 charge I didn't make!", now)).toMatchObject({
      intent: 'fraud-report',
      topic: 'unauthorised-charge',
      language: 'en',
      urgency: 'critical',
      entities: { amount: { amount: '500.00', currency: 'USD' } },
      model: { version: policy.version, digest: expect.stringMatching(/^[0-9a-f]{64}$/) as string },
    });
  });

  it('gives the same answer for the same text', () => {
    const text = 'the ATM kept my card and I need cash';
    expect(classifier.classify(text, now)).toEqual(classifier.classify(text, now));
  });

  it('never throws; confidences are ranked, never negative, and sum to at most one', () => {
    const texts = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.string({ maxLength: 3000 }),
      fc.constantFrom('', ' ', '\n', '>', '!!!', 'a'.repeat(20_000), '4'.repeat(5000), '\ud800', '> quoted\n> only'),
    ); // prettier-ignore
    fc.assert(
      fc.property(texts, (text) => {
        const { intent, confidence, alternatives, sentiment } = classifier.classify(text, now);
        const ranked = [confidence, ...alternatives.map((one) => one.confidence)];
        expect(intentIds).toContain(intent);
        expect(ranked.toSorted((one, other) => other - one)).toEqual(ranked);
        expect(ranked.reduce((sum, one) => sum + one, 0)).toBeLessThanOrEqual(1.0001);
        expect(Math.min(...ranked)).toBeGreaterThanOrEqual(0);
        expect(Math.abs(sentiment)).toBeLessThanOrEqual(1);
      }),
      { numRuns: 200 },
    );
  });
});

describe('trimWrapping', () => {
  it.each([
    ['Hi there! What is my balance? Thank you so much, Sam', 'What is my balance?'],
    [
      'Dear Sir or Madam,\n\nplease freeze my card.\n\nKind regards,\nJane Doe',
      'please freeze my card.',
    ],
    ['hello, my card was stolen thanks', 'my card was stolen'],
    ['Good morning team, I hope you are well. Where is my refund?', 'Where is my refund?'],
    ['My name is Jane Doe. I lost my card', 'I lost my card'],
    ['where is my card\n> On Monday you wrote\n> hello', 'where is my card'],
    ['Hallo, wie hoch ist mein Kontostand? Danke', 'wie hoch ist mein Kontostand?'],
  ])('leaves the request of %j', (text, request) => {
    expect(trimWrapping(text)).toBe(request);
  });

  it.each(['hello', 'thank you so much', 'Hi there', 'ok'])('leaves %j, which is all there is', (text) => {
    expect(trimWrapping(text)).toBe(text);
  }); // prettier-ignore
});

describe('normaliseMessage', () => {
  it('stays within its bound where one character stands for eighteen', () => {
    expect(normaliseMessage('\uFDFA'.repeat(4000)).length).toBeLessThanOrEqual(1600);
  });

  it('makes figures and placeholders alike', () => {
    expect(normaliseMessage('A $500.00 charge on [card ****1234], CVV [cvv removed]!')).toBe(
      'a $0000 charge on cardnumber cvv secretvalue !',
    );
  });
});

describe('detectLanguage', () => {
  it.each([
    ["What's my current balance?", 'en'],
    ['¿Cuál es mi saldo?', 'es'],
    ['no reconozco este cargo de mi tarjeta', 'es'],
    ['Wie hoch ist mein Kontostand?', 'de'],
    ['ich kenne die Abbuchung nicht', 'de'],
    ['je ne reconnais pas ce paiement', 'fr'],
    ['残高はいくらですか', 'ja'],
    ['какой у меня баланс', 'ru'],
    ['12345', 'und'],
    ['', 'und'],
  ])('takes %j for %s', (text, language) => {
    expect(detectLanguage(text)).toBe(language);
  });
});

describe('scoreSentiment', () => {
  it('is negative for anger, positive for thanks, and nothing for plain questions', () => {
    expect(scoreSentiment('This is outrageous, your service is terrible!!!')).toBeLessThan(-0.6);
    expect(scoreSentiment('great service, thank you, very helpful')).toBeGreaterThan(0.5);
    expect(scoreSentiment('what is my balance')).toBe(0);
    expect(scoreSentiment('that was not good')).toBeLessThan(0);
  });
});

describe('judgeUrgency', () => {
  it('follows the priority of the intent', () => {
    expect(judgeUrgency('hello', [{ intent: 'general-inquiry', confidence: 1 }], policy)).toBe(
      'low',
    );
    expect(judgeUrgency('stolen', [{ intent: 'fraud-report', confidence: 1 }], policy)).toBe(
      'critical',
    );
  });

  it('is raised one step by pressing words, never to critical', () => {
    const ranked = [{ intent: 'balance-inquiry', confidence: 1 } as const];
    expect(judgeUrgency('I need it urgently', ranked, policy)).toBe('high');
    const payment = [{ intent: 'payment-issue', confidence: 1 } as const];
    expect(judgeUrgency('I need it urgently', payment, policy)).toBe('high');
  });

  it('counts a notice under the threshold though another intent leads', () => {
    const ranked = [
      { intent: 'human-please', confidence: 0.6 },
      { intent: 'fraud-report', confidence: 0.3 },
    ] as const;
    expect(judgeUrgency('a person please', ranked, policy)).toBe('critical');
  });
});

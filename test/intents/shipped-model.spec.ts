import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { parse } from 'yaml';

import { IntentClassifier, intentIds } from '../../src/intents/index.js';
import { digestOf, parseArtefact } from '../../src/intents/model/artefact.js';
import { IntentModel } from '../../src/intents/model/intent-model.js';
import { artefactPath, projectRoot } from '../../src/intents/project-root.js';
import { measure } from '../../src/intents/training/measure.js';
import { readHoldout, readOwnCorpus } from '../../src/intents/training/own-corpus.js';
import { intentsPolicySchema } from '../../src/policy/index.js';

const policy = intentsPolicySchema.parse(
  parse(readFileSync(join(projectRoot(), 'policies', 'intents.yaml'), 'utf8')),
);
const artefact = readFileSync(artefactPath());
const model = new IntentModel(parseArtefact(artefact));
const classifier = IntentClassifier.open(policy);
const holdout = readHoldout(join(projectRoot(), 'test', 'intents', 'holdout.yaml'));
const now = new Date('2026-03-18T12:00:00Z');

/** A little under what the training card states: the model that ships may not get worse unseen. */
const ACCURACY_MIN = 0.87;
const COVERAGE_MIN = 0.6;
const ACCURACY_COVERED_MIN = 0.97;
const CALIBRATION_ERROR_MAX = 0.1;
const ARTEFACT_BYTES_MAX = 2 * 1024 * 1024;

describe('the shipped model', () => {
  it('is right about messages that it never saw, above all where it is sure', () => {
    const figures = measure(model, holdout);
    expect(figures.accuracy).toBeGreaterThanOrEqual(ACCURACY_MIN);
    expect(figures.coverage).toBeGreaterThanOrEqual(COVERAGE_MIN);
    expect(figures.accuracyCovered).toBeGreaterThanOrEqual(ACCURACY_COVERED_MIN);
    expect(figures.calibrationError).toBeLessThanOrEqual(CALIBRATION_ERROR_MAX);
    expect(figures.outOfScopeAccepted).toBe(0);
  });

  it('lets no fraud or dispute of the holdout fall under the threshold of a notice', () => {
    const notices = holdout.filter(({ intent }) =>
      policy.intents.some((rule) => rule.intent === intent && rule.noticeThreshold !== null),
    );
    const lost = notices.filter(({ text, intent }) => {
      const threshold = policy.intents.find((rule) => rule.intent === intent)?.noticeThreshold ?? 1;
      const found = model.predict(text).ranked.find((one) => one.intent === intent);
      return (found?.confidence ?? 0) < threshold;
    });
    expect(lost.length / notices.length).toBeLessThanOrEqual(0.05);
  });

  it.each([
    ["What's my current balance?", 'balance-inquiry'],
    ['how much have I got left till payday', 'balance-inquiry'],
    ["I see a $500 charge I didn't make!", 'fraud-report'],
    ["someone's been using my card in Vegas", 'fraud-report'],
    ['show me the transaction in my dispute', 'transaction-dispute'],
    ['I want to dispute a charge', 'transaction-dispute'],
    ['please freeze my card', 'card-service'],
    ['should I invest in Tesla shares?', 'investment-advice'],
    ['I will report you to the CFPB', 'regulator-complaint'],
    ['I want to talk to a human', 'human-please'],
    ["what's the weather like", 'out-of-scope'],
    ['¿Cuál es mi saldo?', 'balance-inquiry'],
    ['Wie hoch ist mein Kontostand?', 'balance-inquiry'],
  ])('takes %j for %s without a person', (text, intent) => {
    const answer = classifier.classify(text, now);
    expect(answer.intent).toBe(intent);
    expect(answer.confidence).toBeGreaterThanOrEqual(0.9);
  });

  it('finds the request inside friendly words', () => {
    const wrapped =
      'Hi there, I hope you are well!\n\nWhat is my balance?\n\nThank you so much,\nSam';
    expect(classifier.classify(wrapped, now)).toMatchObject({ intent: 'balance-inquiry' });
    expect(classifier.classify(wrapped, now).confidence).toBeGreaterThanOrEqual(0.9);
  });

  it('shares no message between corpus and holdout', () => {
    const plain = (text: string) =>
      text
        .toLowerCase()
        .replace(/[^\p{L}\d]+/gu, ' ')
        .trim();
    const corpus = readOwnCorpus(join(projectRoot(), 'src', 'intents', 'corpus'));
    const learnt = new Set(corpus.map(({ text }) => plain(text)));
    expect(holdout.filter(({ text }) => learnt.has(plain(text)))).toEqual([]);
    expect(readdirSync(join(projectRoot(), 'src', 'intents', 'corpus'))).toHaveLength(
      intentIds.length,
    );
  });

  it('is the artefact that the training card describes, and small', () => {
    const card = readFileSync(join(projectRoot(), 'docs', 'intents-training-card.md'), 'utf8');
    expect(card).toContain(digestOf(artefact));
    expect(classifier.modelReference.digest).toBe(digestOf(artefact));
    expect(artefact.length).toBeLessThanOrEqual(ARTEFACT_BYTES_MAX);
  });
});

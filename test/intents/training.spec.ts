import { formatArtefact, parseArtefact } from '../../src/intents/model/artefact.js';
import { IntentModel } from '../../src/intents/model/intent-model.js';
import type { Example } from '../../src/intents/training/example.js';
import { measure } from '../../src/intents/training/measure.js';
import { expandPattern } from '../../src/intents/training/own-corpus.js';
import { parseTwoColumns } from '../../src/intents/training/public-sets.js';
import { split } from '../../src/intents/training/split.js';
import { shippedPlan, trainModel } from '../../src/intents/training/train-model.js';

const plan = { ...shippedPlan, wordMessagesMin: 1, characterMessagesMin: 1, epochs: 8 };

const examplesOf = (intent: Example['intent'], texts: readonly string[]): Example[] =>
  texts.map((text) => ({ text, intent, topic: intent, weight: 1, source: 'own' }));

/** Two intents told apart by one word each, with every filler word on both sides. */
const fillers = ['please', 'now', 'today', 'quickly', 'again', 'for me', 'if you can', 'this week'];
const training = [
  ...examplesOf(
    'balance-inquiry',
    fillers.map((filler) => `show my balance ${filler}`),
  ),
  ...examplesOf(
    'card-service',
    fillers.map((filler) => `freeze my card ${filler}`),
  ),
];
const held = [
  ...examplesOf('balance-inquiry', ['my balance soon', 'the balance', 'freeze my balance card']),
  ...examplesOf('card-service', ['my card soon', 'freeze it', 'show my balance on the card']),
];

describe('training', () => {
  it('gives the same bytes for the same messages and plan', () => {
    const once = formatArtefact(trainModel(training, held, plan).parameters);
    const again = formatArtefact(trainModel(training, held, plan).parameters);
    expect(once.equals(again)).toBe(true);
  });

  it('gives other weights for another seed', () => {
    const once = formatArtefact(trainModel(training, held, plan).parameters);
    const other = formatArtefact(trainModel(training, held, { ...plan, seed: 7 }).parameters);
    expect(once.equals(other)).toBe(false);
  });

  it('tells two simple intents apart', () => {
    const model = trainModel(training, held, plan);
    expect(model.predict('what is the balance').ranked[0]?.intent).toBe('balance-inquiry');
    expect(model.predict('freeze the card').ranked[0]?.intent).toBe('card-service');
  });

  it('calibrates towards less certainty where held-out messages are mislabelled', () => {
    const mislabelled = held.map((example, at): Example =>
      at % 2 === 0 ? example : { ...example, intent: 'card-service', topic: 'card-service' },
    );
    const trusted = examplesOf('balance-inquiry', [
      'show my balance please',
      'show my balance now',
    ]);
    const sure = trainModel(training, trusted, plan).parameters.temperature;
    const unsure = trainModel(training, mislabelled, plan).parameters.temperature;
    expect(unsure).toBeGreaterThan(sure);
  });

  it('keeps the order of intents whatever the temperature', () => {
    const { parameters } = trainModel(training, held, plan);
    const order = (temperature: number) =>
      new IntentModel({ ...parameters, temperature }).predict('my balance').ranked[0]?.intent;
    expect(new Set([0.3, 1, 3].map(order)).size).toBe(1);
  });

  it('answers alike before writing and after reading the artefact', () => {
    const model = trainModel(training, held, plan);
    const read = new IntentModel(parseArtefact(formatArtefact(model.parameters)));
    for (const { text } of held) expect(read.predict(text)).toEqual(model.predict(text));
  });

  it('refuses bytes that are no artefact', () => {
    const artefact = formatArtefact(trainModel(training, held, plan).parameters);
    expect(() => parseArtefact(Buffer.from('nonsense'))).toThrow('Not an intents artefact');
    expect(() => parseArtefact(artefact.subarray(0, artefact.length - 9))).toThrow();
  });

  it('splits without overlap, and the same way each time', () => {
    const examples = examplesOf(
      'card-service',
      Array.from({ length: 400 }, (_, at) => `message ${String(at)}`),
    );
    const first = split(examples);
    expect(split(examples)).toEqual(first);
    expect(first.training.length + first.calibration.length + first.test.length).toBe(400);
    expect(first.test.length).toBeGreaterThan(20);
    expect(first.training.filter((example) => first.test.includes(example))).toEqual([]);
  });

  it('measures accuracy, coverage and calibration by hand-counted figures', () => {
    const model = trainModel(training, held, plan);
    const wrong = examplesOf('card-service', ['show my balance please']);
    const right = examplesOf('balance-inquiry', ['show my balance now']);
    expect(measure(model, [...wrong, ...right])).toMatchObject({ messages: 2, accuracy: 0.5 });
  });
});

describe('the readers of training sets', () => {
  it('read quoted fields with commas, quotes and line breaks', () => {
    const csv =
      'text,category\nplain,one\n"with, comma and ""quotes""",two\r\n"two\nlines",three\n';
    expect(parseTwoColumns(csv)).toEqual([
      ['plain', 'one'],
      ['with, comma and "quotes"', 'two'],
      ['two\nlines', 'three'],
    ]);
  });

  it('write a pattern out in all its variants, up to a limit', () => {
    expect(expandPattern('{freeze|block} {my|the} card{!|}')).toHaveLength(8);
    expect(expandPattern('{a|b|c|d} {a|b|c|d} {a|b|c|d} {a|b|c|d}', 20).length).toBeLessThanOrEqual(
      20,
    );
    expect(expandPattern('plain')).toEqual(['plain']);
  });
});

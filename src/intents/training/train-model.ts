import { IntentModel, type TopicLabel } from '../model/intent-model.js';
import { Vectorizer } from '../model/vectorizer.js';
import { calibrate } from './calibrate.js';
import type { Example } from './example.js';
import { quantise, type PruningPlan } from './quantise.js';
import { trainWeights } from './train-weights.js';
import { buildVocabulary, type VocabularyLimits } from './vocabulary.js';

/** Everything that decides what is learnt, besides the messages themselves. */
export interface ModelPlan extends VocabularyLimits, PruningPlan {
  readonly version: string;
  readonly epochs: number;
  readonly learningRate: number;
  readonly decay: number;
  readonly seed: number;
  readonly onEpoch?: (epoch: number, meanLoss: number) => void;
}

/** The plan of the model that ships. */
export const shippedPlan: ModelPlan = {
  version: '2026.1',
  wordMessagesMin: 2,
  characterMessagesMin: 4,
  rowsMax: 32_000,
  weightMin: 0.12,
  epochs: 12,
  learningRate: 0.3,
  decay: 1e-6,
  seed: 20260101,
};

function labelsOf(examples: readonly Example[]): TopicLabel[] {
  const labels = new Map<string, TopicLabel>();
  for (const { topic, intent } of examples) labels.set(`${intent}/${topic}`, { topic, intent });
  return [...labels.keys()].sort().flatMap((key) => labels.get(key) ?? []);
}

/** Trains on some messages, prunes and rounds, then calibrates what ships on others. */
export function trainModel(
  training: readonly Example[],
  held: readonly Example[],
  plan: ModelPlan,
): IntentModel {
  const labels = labelsOf(training);
  const columnOf = new Map(labels.map(({ topic, intent }, at) => [`${intent}/${topic}`, at]));
  const vocabulary = buildVocabulary(
    training.map(({ text }) => text),
    plan,
  );
  const vectorizer = new Vectorizer(vocabulary);
  const rows = training.map(({ text, topic, intent, weight }) => ({
    vector: vectorizer.vectorize(text),
    column: columnOf.get(`${intent}/${topic}`) ?? 0,
    weight,
  }));
  const learnt = trainWeights(rows, {
    ...plan,
    rows: vocabulary.hashes.length,
    columns: labels.length,
  });
  const parameters = {
    version: plan.version,
    labels,
    biases: learnt.biases,
    ...quantise(learnt, vocabulary, plan),
    temperature: 1,
  };
  const temperature = calibrate(new IntentModel(parameters), held);
  return new IntentModel({ ...parameters, temperature });
}

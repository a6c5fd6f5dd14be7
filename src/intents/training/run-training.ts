import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { digestOf, formatArtefact, parseArtefact } from '../model/artefact.js';
import { IntentModel } from '../model/intent-model.js';
import { projectRoot } from '../project-root.js';
import type { Example } from './example.js';
import { measure, type Measurement } from './measure.js';
import { readHoldout, readOwnCorpus } from './own-corpus.js';
import { readBanking77, readClinc150 } from './public-sets.js';
import { split, type Split } from './split.js';
import { formatTrainingCard } from './training-card.js';
import { shippedPlan, trainModel } from './train-model.js';

/** Figures by set, in the order in which the card prints them. */
export type Figures = Readonly<Record<string, Measurement>>;

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

interface Sets {
  readonly banking: Split;
  readonly clinc: Split;
  readonly own: Split;
  readonly validation: readonly Example[];
}

function readSets(dataFolder: string): Sets {
  const folder = join(dataFolder, 'intents');
  const { train, validation } = readClinc150(folder);
  return {
    banking: split(readBanking77(folder)),
    clinc: split(train),
    own: split(readOwnCorpus(join(projectRoot(), 'src', 'intents', 'corpus'))),
    validation,
  };
}

/** Our own corpus is learnt whole: what measures it is the holdout, written apart. */
function train({ banking, clinc, own }: Sets): IntentModel {
  const training = [...banking.training, ...clinc.training, ...own.training, ...own.test];
  const calibration = [...banking.calibration, ...clinc.calibration, ...own.calibration];
  say(
    `Training on ${String(training.length)} messages, calibrating on ${String(calibration.length)}.`,
  );
  return trainModel(training, calibration, {
    ...shippedPlan,
    onEpoch: (epoch, loss) => {
      say(`  epoch ${String(epoch)}: mean loss ${loss.toFixed(4)}`);
    },
  });
}

function measureAll(model: IntentModel, { banking, clinc, validation }: Sets): Figures {
  const inScope = ({ intent }: Example) => intent !== 'out-of-scope';
  return {
    'Banking77, held out': measure(model, banking.test),
    'CLINC150 banking labels, held out': measure(
      model,
      [...clinc.test, ...validation].filter(inScope),
    ),
    'CLINC150 other labels, held out': measure(
      model,
      [...clinc.test, ...validation].filter((example) => !inScope(example)),
    ),
    'Our own holdout': measure(
      model,
      readHoldout(join(projectRoot(), 'test', 'intents', 'holdout.yaml')),
    ),
  };
}

/** `npm run intents:train -- --data <folder>`: trains, measures, and writes the artefact and its card. */
export function runTraining(argv: readonly string[]): void {
  const { values } = parseArgs({ args: [...argv], options: { data: { type: 'string' } } });
  if (values.data === undefined) {
    throw new Error('Say where the public sets are: npm run intents:train -- --data <folder>');
  }
  const sets = readSets(values.data);
  const trained = train(sets);
  const artefact = formatArtefact(trained.parameters);
  // Measured as it ships: read back from the bytes that are written.
  const model = new IntentModel(parseArtefact(artefact));
  const card = formatTrainingCard({
    parameters: model.parameters,
    artefact: { bytes: artefact.length, digest: digestOf(artefact) },
    sources: Object.entries(sets).flatMap(([name, set]) => describe(name, set as Split)),
    figures: measureAll(model, sets),
  });
  const folder = join(projectRoot(), 'models');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'intents.bin'), artefact);
  writeFileSync(join(projectRoot(), 'docs', 'intents-training-card.md'), card);
  say(card);
}

function describe(name: string, set: Split | readonly Example[]): string[] {
  if (!('training' in set)) return [];
  return [
    `${name}: ${String(set.training.length)} / ${String(set.calibration.length)} / ${String(set.test.length)}`,
  ];
}

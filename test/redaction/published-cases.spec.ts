import { readFileSync } from 'node:fs';

import { redact, redactionKinds, type RedactionKind } from '../../src/redaction/index.js';

/** A case of a published test table: a text, and the spans in it that are to be found. */
interface PublishedCase {
  readonly entity: string;
  readonly text: string;
  readonly spans: readonly (readonly [number, number])[];
}

const SOUGHT: Readonly<Record<string, RedactionKind>> = {
  CREDIT_CARD: 'card-number',
  IBAN_CODE: 'iban',
  CRYPTO: 'crypto-address',
  US_SSN: 'ssn',
  US_ITIN: 'itin',
  PHONE_NUMBER: 'phone-number',
  EMAIL_ADDRESS: 'email-address',
};
const RECALL_MIN = 0.95;
const UNTOUCHED_MIN = 0.97;

/** Reads the cases from the file that PROBITY_PII_CASES names; where it names none, says so and answers none. */
function readCases(): PublishedCase[] {
  const file = process.env['PROBITY_PII_CASES'];
  if (file === undefined || file === '') {
    process.stdout.write('SKIPPED: set PROBITY_PII_CASES to a file of published cases\n');
    return [];
  }
  const cases = JSON.parse(readFileSync(file, 'utf8')) as PublishedCase[];
  return cases.filter(({ entity }) => entity in SOUGHT);
}

function isFound({ text, spans }: PublishedCase): boolean {
  const { text: redacted } = redact(text, { kinds: redactionKinds });
  return spans.every(([start, end]) => !redacted.includes(text.slice(start, end)));
}

function isUntouched({ entity, text }: PublishedCase): boolean {
  return redact(text, { kinds: redactionKinds }).redactions.every(
    ({ kind }) => kind !== SOUGHT[entity],
  );
}

const share = (cases: readonly PublishedCase[], holds: (one: PublishedCase) => boolean) =>
  cases.length === 0 ? 1 : cases.filter(holds).length / cases.length;

describe('redact, on published cases', () => {
  const cases = readCases();

  it('finds nearly all of what is there', () => {
    const positive = cases.filter(({ spans }) => spans.length > 0);
    expect(share(positive, isFound)).toBeGreaterThanOrEqual(RECALL_MIN);
  });

  it('leaves nearly all alone where there is nothing', () => {
    const negative = cases.filter(({ spans }) => spans.length === 0);
    expect(share(negative, isUntouched)).toBeGreaterThanOrEqual(UNTOUCHED_MIN);
  });
});

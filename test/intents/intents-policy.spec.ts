import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { parse } from 'yaml';

import { intentIds } from '../../src/intents/index.js';
import { projectRoot } from '../../src/intents/project-root.js';
import { intentsPolicySchema } from '../../src/policy/index.js';

const source = readFileSync(join(projectRoot(), 'policies', 'intents.yaml'), 'utf8');
const policy = intentsPolicySchema.parse(parse(source));
const withFirst = (change: object) => ({
  ...policy,
  intents: policy.intents.map((rule, at) => (at === 0 ? { ...rule, ...change } : rule)),
});

describe('policies/intents.yaml', () => {
  it('has one cited rule for each intent', () => {
    expect(policy.intents.map(({ intent }) => intent).toSorted()).toEqual(
      [...intentIds].toSorted(),
    );
    expect(policy.intents.filter(({ citation }) => citation === '')).toEqual([]);
  });

  it('opens a case for fraud and disputes from 0.3 on, and answers from 0.9 on', () => {
    const notices = policy.intents.filter(({ noticeThreshold }) => noticeThreshold !== null);
    expect(notices.map(({ intent, noticeThreshold }) => [intent, noticeThreshold])).toEqual([
      ['transaction-dispute', 0.3],
      ['fraud-report', 0.3],
    ]);
    expect(new Set(policy.intents.map(({ confidenceThreshold }) => confidenceThreshold))).toEqual(
      new Set([0.9]),
    );
  });

  it.each([
    ['an unknown key', { colour: 'red' }],
    ['an intent twice', { intent: 'fraud-report' }],
    ['an unknown intent', { intent: 'small-talk' }],
    ['a notice that needs more than an answer', { noticeThreshold: 0.95 }],
    ['a threshold above one', { confidenceThreshold: 1.1 }],
    ['no disclaimer', { disclaimerIds: [] }],
  ])('is refused with %s', (_name, change) => {
    expect(intentsPolicySchema.safeParse(withFirst(change)).success).toBe(false);
  });
});

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { z } from 'zod';

import { type EarlierSum, PolicyAuthority } from '../src/authority/index.js';
import {
  type Actor,
  parseMoney,
  serviceActor,
  SimulatedClock,
  type SubjectRef,
} from '../src/platform/index.js';
import {
  aggregateScopes,
  findPoliciesDirectory,
  parsePolicyDocument,
  type Policies,
  policyTestSchema,
} from '../src/policy/index.js';

export type PolicyTest = z.output<typeof policyTestSchema> & { readonly file: string };
type Situation = PolicyTest['situations'][number];
type Answer = Situation['expect'];

const now = new Date('2026-03-02T10:00:00Z');
const self = '11111111-1111-4111-8111-111111111111' as SubjectRef;
const other = '22222222-2222-4222-8222-222222222222';
const staffId = '33333333-3333-4333-8333-333333333333';
const millisecondsPerSecond = 1_000;

/**
 * Reads every test file below `policies/tests`.
 *
 * @throws PolicyInvalid where one breaks its schema, with file, line and path.
 */
export function readPolicyTests(directory = join(findPoliciesDirectory(), 'tests')): PolicyTest[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.yaml'))
    .sort()
    .map((name) => {
      const text = readFileSync(join(directory, name), 'utf8');
      const file = `policies/tests/${name}`;
      return { file, ...parsePolicyDocument(file, text, policyTestSchema).value };
    });
}

/** What the policy says to a situation, in the terms of its expectation. */
export function answerOf(policies: Policies, { who, what, when, expect }: Situation): Answer {
  const authority = new PolicyAuthority(policies, new SimulatedClock(now));
  const minor = (amount: string): bigint =>
    parseMoney({ amount, currency: what.currency }).amountMinor;
  const decision = authority.judge(actorOf(policies, who, when), what.action, {
    currency: what.currency,
    category: what.category ?? null,
    ...(what.amount === undefined ? {} : { amountMinor: minor(what.amount) }),
    earlier: earlierOf(what, minor),
    ...(when.resource === undefined ? {} : { resource: resourceOf(when.resource) }),
    ...(when.account === undefined ? {} : { personId: when.account === 'own' ? staffId : other }),
  });
  // Only what the situation expects is compared.
  return {
    decision: decision.kind,
    rule: decision.policy.rule ?? '',
    ...(expect.level === undefined ? {} : { level: decision.level }),
    ...(expect.groups && decision.kind === 'approval' ? { groups: [...decision.groups] } : {}),
    ...(expect.code !== undefined && 'problem' in decision ? { code: decision.problem.code } : {}),
  };
}

/** What was there before: the aggregate of a situation holds its own amount. */
function earlierOf(
  { amount = '0', aggregate, aggregates, currency }: Situation['what'],
  minor: (amount: string) => bigint,
): readonly EarlierSum[] {
  const totals = { ...(aggregate === undefined ? {} : { case: aggregate }), ...aggregates };
  return aggregateScopes.flatMap((scope) => {
    const total = totals[scope];
    if (total === undefined) return [];
    return [{ scope, amountMinor: minor(total) - minor(amount), currency }];
  });
}

function resourceOf(whose: 'own' | 'foreign'): {
  kind: string;
  id: string;
  ownerSubjectRef: string;
} {
  return { kind: 'test', id: other, ownerSubjectRef: whose === 'own' ? self : other };
}

function actorOf(policies: Policies, who: Situation['who'], when: Situation['when']): Actor {
  const [role] = who.roles;
  const known = policies.authority.roles.find(({ id }) => id === role);
  return {
    ...serviceActor(staffId, other),
    kind: who.kind,
    subjectRef: who.kind === 'customer' || who.kind === 'guest' ? self : null,
    roles: who.roles,
    scopes: who.scopes,
    level: who.level === undefined ? (known?.level ?? null) : who.level,
    purpose: when.purpose,
    assurance: {
      acr: who.acr,
      amr: [],
      method: who.method,
      authenticatedAt: new Date(now.getTime() - who.ageSeconds * millisecondsPerSecond),
    },
  };
}

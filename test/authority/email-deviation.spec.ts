import { describe, expect, it } from '@jest/globals';

import { PolicyAuthority } from '../../src/authority/index.js';
import {
  type Actor,
  serviceActor,
  SimulatedClock,
  type SubjectRef,
} from '../../src/platform/index.js';
import { findPoliciesDirectory, loadPolicies, Policies } from '../../src/policy/index.js';
import { DeviationCount } from '../../src/reports/deviations.js';

const clock = new SimulatedClock(new Date('2026-03-02T10:00:00Z'));
const self = '11111111-1111-4111-8111-111111111111' as SubjectRef;
const shipped = loadPolicies(findPoliciesDirectory());

/** The shipped policies with e-mail accepted for these intents. */
function accepting(...intents: string[]): Policies {
  const { assurance } = shipped.content;
  const changed = assurance.intents.map((rule) =>
    intents.includes(rule.intent) ? { ...rule, emailAccepted: true } : rule,
  );
  const content = { ...shipped.content, assurance: { ...assurance, intents: changed } };
  return new Policies({ ...shipped, content });
}

function actorBy(method: string, kind: 'customer' | 'guest' = 'customer'): Actor {
  return {
    ...serviceActor('test', self),
    kind,
    subjectRef: self,
    purpose: 'balance-inquiry',
    assurance: { acr: 'aal1', amr: ['pin', method], method, authenticatedAt: clock.now() },
  };
}

const judge = (policies: Policies, actor: Actor, action = 'account.read-balance') =>
  new PolicyAuthority(policies, clock).judge(actor, action, {
    resource: { kind: 'account', id: 'own', ownerSubjectRef: self },
  });

describe('E-mail accepted by policy for an intent', () => {
  it('is off as shipped: a code by e-mail is not enough for a balance', () => {
    expect(judge(new Policies(shipped), actorBy('email')).kind).toBe('step_up');
  });

  it('permits that intent, in the name of the rule that deviates', () => {
    const decision = judge(accepting('balance-inquiry'), actorBy('email'));
    expect(decision).toMatchObject({
      kind: 'permit',
      policy: { rule: 'assurance.intent.balance-inquiry' },
    });
  });

  it('is offered when a proof is asked for, beside the methods that reach aal2', () => {
    const asked = judge(accepting('balance-inquiry'), actorBy('passcode'));
    expect(asked.kind === 'step_up' && asked.requiredAssurance.methods).toContain('email');
    const usual = judge(new Policies(shipped), actorBy('passcode'));
    expect(usual.kind === 'step_up' && usual.requiredAssurance.methods).not.toContain('email');
  });

  it('permits no other intent, no guest, and no bank login alone', () => {
    expect(judge(accepting('transaction-dispute'), actorBy('email')).kind).toBe('step_up');
    expect(judge(accepting('balance-inquiry'), actorBy('email', 'guest')).kind).toBe('deny');
    expect(judge(accepting('balance-inquiry'), actorBy('passcode')).kind).toBe('step_up');
    expect(
      judge(accepting('balance-inquiry'), actorBy('email'), 'authenticator.enrol').kind,
    ).not.toBe('permit');
  });

  it('is listed in reports as a deviation, used or not, with its uses counted', () => {
    const count = new DeviationCount(accepting('balance-inquiry').assurance);
    const event = { outcome: 'success', policy: { rule: 'assurance.intent.balance-inquiry' } };
    count.look({ event } as never);
    count.look({ event: { ...event, policy: { rule: 'account.read-balance.own' } } } as never);
    expect(count.result()).toMatchObject([
      { rule: 'assurance.intent.balance-inquiry', inForce: true, uses: 1 },
    ]);
    const ended = new DeviationCount(shipped.content.assurance);
    expect(ended.result()).toEqual([]);
    ended.look({ event } as never);
    expect(ended.result()).toMatchObject([{ inForce: false, uses: 1 }]);
  });
});

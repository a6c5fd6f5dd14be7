import fc from 'fast-check';

import { type Facts, PolicyAuthority } from '../../src/authority/index.js';
import {
  type Actor,
  type AssuranceLevel,
  levels,
  serviceActor,
  SimulatedClock,
  type SubjectRef,
} from '../../src/platform/index.js';
import { findPoliciesDirectory, loadPolicies, Policies } from '../../src/policy/index.js';

const policies = new Policies(loadPolicies(findPoliciesDirectory()));
const now = new Date('2026-03-02T10:00:00Z');
const authority = new PolicyAuthority(policies, new SimulatedClock(now));
const jane = '11111111-1111-4111-8111-111111111111' as SubjectRef;
const juan = '22222222-2222-4222-8222-222222222222' as SubjectRef;

function customer(changes: Partial<Actor> = {}, acr: AssuranceLevel = 'aal2'): Actor {
  return {
    ...serviceActor('test', '33333333-3333-4333-8333-333333333333'),
    kind: 'customer',
    id: jane,
    subjectRef: jane,
    roles: [],
    scopes: [],
    assurance: {
      acr,
      amr: ['pwd', 'otp'],
      method: acr === 'aal2' ? 'sms' : null,
      authenticatedAt: now,
    },
    ...changes,
  };
}

function staff(role: string, changes: Partial<Actor> = {}): Actor {
  const known = policies.authority.roles.find((candidate) => candidate.id === role);
  return customer({
    kind: 'staff',
    id: `staff-${role}`,
    subjectRef: null,
    roles: [role],
    level: known?.level ?? null,
    ...changes,
  });
}

const account = (ownerSubjectRef: string | null | undefined): Facts => ({
  resource: {
    kind: 'account',
    id: 'a',
    ...(ownerSubjectRef === undefined ? {} : { ownerSubjectRef }),
  },
});
const refund = (amountMinor: bigint, changes: Partial<Facts> = {}): Facts => ({
  amountMinor,
  currency: 'USD',
  ...changes,
});
const problemOf = (actor: Actor, action: string, facts: Facts): string => {
  const decision = authority.judge(actor, action, facts);
  return 'problem' in decision
    ? `${decision.problem.status} ${decision.problem.code}`
    : decision.kind;
};

describe('PolicyAuthority', () => {
  describe('answers in the order in which a caller may learn', () => {
    it('hides what is not one’s own before it asks for anything', () => {
      for (const owner of [juan, null, undefined, '']) {
        expect(problemOf(customer(), 'account.read-balance', account(owner))).toBe(
          '404 resource.not_found',
        );
      }
      expect(problemOf(customer(), 'account.read-balance', {})).toBe('404 resource.not_found');
      const nobody = customer({ subjectRef: null });
      expect(problemOf(nobody, 'account.read-balance', account(null))).toBe(
        '404 resource.not_found',
      );
    });

    it('asks for a purpose before assurance', () => {
      const weak = customer({}, 'aal1');
      expect(problemOf(weak, 'account.read-balance', account(jane))).toBe('400 purpose.missing');
      expect(
        problemOf({ ...weak, purpose: 'curiosity' }, 'account.read-balance', account(jane)),
      ).toBe('400 purpose.unknown');
      expect(problemOf({ ...weak, purpose: 'audit' }, 'account.read-balance', account(jane))).toBe(
        '403 purpose.not_allowed',
      );
    });

    it('asks for two factors with the challenge of RFC 9470', () => {
      const weak = customer({ purpose: 'balance-inquiry' }, 'aal1');
      const decision = authority.judge(weak, 'account.read-balance', account(jane));
      expect(decision).toMatchObject({
        kind: 'step_up',
        requiredAssurance: { acr: 'aal2', maxAgeSeconds: null },
        problem: { code: 'assurance.insufficient', status: 401 },
      });
      expect(
        'problem' in decision && decision.problem.extras.headers?.['WWW-Authenticate'],
      ).toMatch(/^Bearer error="insufficient_user_authentication", .*acr_values="aal2"/);
    });

    it('permits the owner with purpose and proof, and says why', () => {
      const decision = authority.judge(
        customer({ purpose: 'balance-inquiry' }),
        'account.read-balance',
        account(jane),
      );
      expect(decision).toMatchObject({
        kind: 'permit',
        purpose: 'balance-inquiry',
        policy: {
          version: policies.version,
          digest: policies.digest,
          rule: 'account.read-balance.own',
        },
      });
      expect(decision.because.map((step) => step.verdict)).toEqual([
        'permits',
        'permits',
        'permits',
      ]);
    });
  });

  it('takes the intent’s own purpose where no header came, the header’s where one did', () => {
    const facts = { ...account(jane), defaultPurpose: 'balance-inquiry' };
    expect(problemOf(customer(), 'account.read-balance', facts)).toBe('permit');
    expect(problemOf(customer({ purpose: 'audit' }), 'account.read-balance', facts)).toBe(
      '403 purpose.not_allowed',
    );
  });

  it('does not repeat an unknown purpose in the decision', () => {
    const decision = authority.judge(customer({ purpose: 'x-secret' }), 'account.list', {});
    expect(decision.purpose).toBeNull();
    expect(JSON.stringify(decision.because)).not.toContain('x-secret');
  });

  it('refuses a factor change on a proof older than five minutes, naming the age', () => {
    const old = (seconds: number): Actor =>
      customer({
        assurance: {
          ...customer().assurance,
          authenticatedAt: new Date(now.getTime() - seconds * 1_000),
        },
      });
    expect(problemOf(old(300), 'authenticator.enrol', {})).toBe('permit');
    const decision = authority.judge(old(301), 'authenticator.enrol', {});
    expect(decision).toMatchObject({ kind: 'step_up', requiredAssurance: { maxAgeSeconds: 300 } });
    expect(
      'problem' in decision && decision.problem.extras.headers?.['WWW-Authenticate'],
    ).toContain('max_age="300"');
  });

  it('does not accept e-mail for account data whatever the token claims', () => {
    const byEmail = customer({
      purpose: 'balance-inquiry',
      assurance: { ...customer().assurance, method: 'email' },
    });
    expect(problemOf(byEmail, 'account.read-balance', account(jane))).toBe(
      '401 assurance.insufficient',
    );
  });

  it('takes a notice from a guest who proved nothing, whatever their purpose', () => {
    const guest = customer({ kind: 'guest', purpose: 'balance-inquiry' }, 'aal0');
    expect(problemOf(guest, 'fraud.report', {})).toBe('permit');
    expect(problemOf(guest, 'dispute.open', {})).toBe('permit');
  });

  it('denies an action that no rule names', () => {
    expect(problemOf(staff('exec'), 'vault.open', {})).toBe('403 authority.denied');
  });

  it('reads the record to compliance and audit only', () => {
    for (const role of ['compliance', 'auditor']) {
      expect(problemOf(staff(role), 'ledger.list-events', {})).toBe('permit');
    }
    for (const role of ['agent', 'exec', 'admin', 'ops', 'board']) {
      expect(problemOf(staff(role), 'ledger.list-events', {})).toBe('403 authority.denied');
    }
    expect(problemOf(customer(), 'ledger.list-events', {})).toBe('403 authority.denied');
  });

  it('counts a role only for the kind of actor it is made for', () => {
    expect(problemOf(customer({ roles: ['compliance'] }), 'ledger.list-events', {})).toBe(
      '403 authority.denied',
    );
    expect(problemOf(staff('customer'), 'account.list', { defaultPurpose: 'statement' })).toBe(
      '403 authority.denied',
    );
    const client = customer({ kind: 'client', scopes: ['ledger'], subjectRef: null });
    expect(problemOf(client, 'ledger.read-log', {})).toBe('permit');
    expect(problemOf({ ...client, scopes: [] }, 'ledger.read-log', {})).toBe(
      '403 authority.denied',
    );
  });

  it('lets a separation of duties win over whatever other role grants', () => {
    const both = staff('lead', { roles: ['lead', 'admin'] });
    expect(authority.judge(both, 'refund.create', refund(100n))).toMatchObject({
      kind: 'deny',
      policy: { rule: 'separation.admin-money' },
    });
    expect(
      problemOf(staff('lead', { roles: ['lead', 'auditor'] }), 'refund.create', refund(100n)),
    ).toBe('403 authority.denied');
  });

  describe('amounts', () => {
    it.each([
      ['agent', 500_000n, 'permit', 'L1'],
      ['agent', 500_001n, 'approval', 'L2'],
      ['lead', 2_500_000n, 'permit', 'L2'],
      ['lead', 2_500_001n, 'approval', 'L3'],
      ['head', 10_000_000n, 'permit', 'L3'],
      ['head', 10_000_001n, 'approval', 'L4'],
      ['exec', 10_000_001n, 'permit', 'L4'],
      ['board', 10_000_001n, 'permit', 'L4'],
    ])('%s with %s minor units: %s at %s', (...[role, amount, kind, level]) => {
      expect(authority.judge(staff(role), 'refund.create', refund(amount))).toMatchObject({
        kind,
        level,
      });
    });

    it('judges the aggregate, so that splitting does not help', () => {
      const facts = refund(90_000n, {
        earlier: [{ scope: 'case', amountMinor: 490_000n, currency: 'USD' }],
      });
      expect(authority.judge(staff('agent'), 'refund.create', facts)).toMatchObject({
        kind: 'approval',
        level: 'L2',
      });
    });

    it('takes no earlier sum below zero, which would make room for more', () => {
      const facts = refund(600_000n, {
        earlier: [{ scope: 'case', amountMinor: -200_000n, currency: 'USD' }],
      });
      expect(() => authority.judge(staff('agent'), 'refund.create', facts)).toThrow(
        'cannot be judged',
      );
    });

    it.each([
      ['customer', 2_400_001n, 'approval', 'limits.case-money.customer.l2'],
      ['customer', 2_400_000n, 'permit', 'limits.case-money.l1'],
      ['linked-customers', 2_400_001n, 'approval', 'limits.case-money.linked-customers.l2'],
      ['beneficiary', 2_400_001n, 'approval', 'limits.case-money.beneficiary.l2'],
      ['agent', 4_900_001n, 'approval', 'limits.case-money.agent.l2'],
    ] as const)('judges the sum of the %s: 1,000.00 after %s is %s by %s', (...row) => {
      const [scope, amountMinor, kind, rule] = row;
      const facts = refund(100_000n, { earlier: [{ scope, amountMinor, currency: 'USD' }] });
      const decision = authority.judge(staff('agent'), 'refund.create', facts);
      expect([decision.kind, decision.policy.rule]).toEqual([kind, rule]);
    });

    it('adds sums of several currencies in the base currency, never raw', () => {
      const earlier = [
        { scope: 'case' as const, amountMinor: 200_000n, currency: 'EUR' },
        { scope: 'case' as const, amountMinor: 100_000n, currency: 'USD' },
      ];
      const judge = (amount: bigint) =>
        authority.judge(staff('agent'), 'refund.create', refund(amount, { earlier }));
      expect([judge(150_000n).kind, judge(150_001n).kind]).toEqual(['permit', 'approval']);
      expect(judge(150_000n).sums[0]).toMatchObject({
        scope: 'case',
        total: { amount: '5000.00', currency: 'USD' },
      });
    });

    it('marks a sum as split where the amount alone is within the limit', () => {
      const split = (amount: bigint, before: bigint) =>
        authority
          .judge(
            staff('agent'),
            'refund.create',
            refund(amount, {
              earlier: [{ scope: 'customer', amountMinor: before, currency: 'USD' }],
            }),
          )
          .sums.filter((sum) => sum.split)
          .map(({ scope }) => scope);
      expect(split(100_000n, 400_000n)).toEqual([]);
      expect(split(100_000n, 400_001n)).toEqual(['customer']);
      expect(split(600_000n, 400_001n)).toEqual([]);
    });

    it('converts another currency before it compares, and refuses one without a rate', () => {
      expect(
        authority.judge(staff('agent'), 'refund.create', refund(400_000n, { currency: 'EUR' }))
          .kind,
      ).toBe('permit');
      expect(
        authority.judge(staff('agent'), 'refund.create', refund(400_001n, { currency: 'EUR' }))
          .kind,
      ).toBe('approval');
      expect(problemOf(staff('agent'), 'refund.create', refund(1n, { currency: 'JPY' }))).toBe(
        '400 input.invalid',
      );
    });

    it.each([
      ['legal', 'L3'],
      ['vip', 'L3'],
      ['regulatory-complaint', 'L4'],
      ['crisis', 'L4'],
      ['policy', 'L4'],
      ['class-action', 'board'],
      ['regulatory-investigation', 'board'],
    ])('category %s needs %s for a single cent', (category, level) => {
      expect(
        authority.judge(staff('lead'), 'refund.create', refund(1n, { category })),
      ).toMatchObject({
        kind: 'approval',
        level,
      });
    });

    it('raises emergency compensation to L4 above its limit only', () => {
      const emergency = { category: 'emergency-compensation' };
      expect(
        authority.judge(staff('lead'), 'refund.create', refund(2_500_000n, emergency)).kind,
      ).toBe('permit');
      expect(
        authority.judge(staff('head'), 'refund.create', refund(2_500_001n, emergency)),
      ).toMatchObject({
        kind: 'approval',
        level: 'L4',
        policy: { rule: 'limits.category.emergency-large' },
      });
    });

    it('lets nobody act alone where groups or a quorum must consent', () => {
      expect(
        authority.judge(
          staff('exec'),
          'refund.create',
          refund(2_500_001n, { category: 'dispute' }),
        ),
      ).toMatchObject({
        kind: 'approval',
        groups: ['finance', 'legal'],
        requirement: { withinSeconds: 14_400 },
      });
      expect(
        authority.judge(staff('board'), 'refund.create', refund(1n, { category: 'class-action' })),
      ).toMatchObject({
        kind: 'approval',
        requirement: { approversMin: 2 },
      });
    });

    it.each([
      ['missing', undefined],
      ['zero', 0n],
      ['negative', -1n],
      ['a number', 5],
      ['not a number', Number.NaN],
      ['text', '500'],
      ['null', null],
      ['huge', 10n ** 30n],
    ])('answers 400 for an amount that is %s', (_, amountMinor) => {
      const facts = { currency: 'USD', amountMinor } as unknown as Facts;
      expect(problemOf(staff('exec'), 'refund.create', facts)).toBe('400 input.invalid');
    });

    it('answers 400 for a category that the policy does not have', () => {
      expect(problemOf(staff('exec'), 'refund.create', refund(1n, { category: 'birthday' }))).toBe(
        '400 input.invalid',
      );
    });

    it('gives a role without its level no money', () => {
      expect(
        authority.judge(staff('agent', { level: null }), 'refund.create', refund(1n)).kind,
      ).toBe('approval');
    });
  });

  describe('votes', () => {
    const requirement = {
      level: 'L2',
      groups: ['finance'],
      approversMin: 1,
      rule: 'r',
      withinSeconds: null,
    } as const;
    const vote: Facts = { requesterIds: ['somebody'], requirement };

    it('takes a vote of the level needed or of a required group', () => {
      expect(problemOf(staff('lead'), 'approval.vote', vote)).toBe('permit');
      expect(problemOf(staff('finance'), 'approval.vote', vote)).toBe('permit');
      expect(problemOf(staff('agent'), 'approval.vote', vote)).toBe('403 authority.denied');
      expect(problemOf(staff('legal'), 'approval.vote', vote)).toBe('403 authority.denied');
    });

    it('refuses the requester, and whoever acts for them', () => {
      const own = { ...vote, requesterIds: ['staff-lead'] };
      expect(problemOf(staff('lead'), 'approval.vote', own)).toBe('403 approval.own_request');
      const delegate = staff('head', { onBehalfOf: 'staff-lead' });
      expect(problemOf(delegate, 'approval.vote', own)).toBe('403 approval.own_request');
    });

    it('refuses where requester or requirement are not known', () => {
      expect(problemOf(staff('board'), 'approval.vote', { requirement })).toBe(
        '403 approval.own_request',
      );
      expect(problemOf(staff('board'), 'approval.vote', { requesterIds: ['somebody'] })).toBe(
        '403 authority.denied',
      );
    });
  });

  describe('for all amounts, categories, roles', () => {
    const categories = [
      null,
      ...new Set(policies.authority.limits.flatMap((l) => l.categories.map((c) => c.category))),
    ];
    const amounts = fc.bigInt({ min: 1n, max: 20_000_000n });
    const roles = fc.constantFrom(
      ...policies.authority.roles.filter((r) => r.kind === 'staff').map((r) => r.id),
    );
    const category = fc.constantFrom(...categories);
    const strictness = { permit: 0, approval: 1, step_up: 2, deny: 3 };

    it('never turns a refusal into a permit when the amount rises', () => {
      fc.assert(
        fc.property(roles, category, amounts, amounts, (...[role, kind, amount, more]) => {
          const before = authority.judge(
            staff(role),
            'refund.create',
            refund(amount, { category: kind }),
          );
          const after = authority.judge(
            staff(role),
            'refund.create',
            refund(amount + more, { category: kind }),
          );
          expect(strictness[after.kind]).toBeGreaterThanOrEqual(strictness[before.kind]);
        }),
      );
    });

    it('never turns a refusal into a permit when a right is taken away', () => {
      const held = fc.tuple(
        roles,
        roles,
        fc.constantFrom(...levels),
        fc.constantFrom(...levels, null),
      );
      fc.assert(
        fc.property(held, category, amounts, ([role, second, level, lower], kind, amount) => {
          const separated = policies.authority.separations.map((rule) => rule.role);
          fc.pre(!separated.includes(second));
          const rank = (value: string | null): number =>
            levels.findIndex((known) => known === value);
          fc.pre(rank(lower) <= rank(level));
          const facts = refund(amount, { category: kind });
          const before = authority.judge(
            staff(role, { roles: [role, second], level }),
            'refund.create',
            facts,
          );
          const after = authority.judge(
            staff(role, { roles: [role], level: lower }),
            'refund.create',
            facts,
          );
          if (before.kind !== 'permit') expect(after.kind).not.toBe('permit');
        }),
      );
    });

    it('permits exactly where the level needed is held and nobody else must consent', () => {
      fc.assert(
        fc.property(roles, category, amounts, (role, kind, amount) => {
          const actor = staff(role);
          const decision = authority.judge(
            actor,
            'refund.create',
            refund(amount, { category: kind }),
          );
          if (decision.kind !== 'permit') return;
          expect(levels.indexOf(actor.level!)).toBeGreaterThanOrEqual(
            levels.indexOf(decision.level!),
          );
        }),
      );
    });
  });
});

import { performance } from 'node:perf_hooks';

import { type Facts, PolicyAuthority } from '../src/authority/index.js';
import { type Actor, serviceActor, SystemClock } from '../src/platform/index.js';
import { findPoliciesDirectory, loadPolicies, Policies } from '../src/policy/index.js';

/** Decisions per second on one core with the shipped policies. */
export interface DecideBench {
  readonly listPerSecond: number;
  readonly refundPerSecond: number;
}

const ROUNDS = 300_000;
const MILLISECONDS_PER_SECOND = 1_000;

function agent(): Actor {
  const now = new Date();
  return {
    ...serviceActor('bench', '33333333-3333-4333-8333-333333333333'),
    kind: 'staff',
    roles: ['agent'],
    level: 'L1',
    assurance: { acr: 'aal2', amr: ['pwd', 'otp'], method: 'totp', authenticatedAt: now },
  };
}

/** Asks the one question over and over, as handlers do; the first round warms up. */
export async function runDecideBench(): Promise<DecideBench> {
  const policies = new Policies(loadPolicies(findPoliciesDirectory()));
  const authority = new PolicyAuthority(policies, new SystemClock());
  const actor = agent();
  const perSecond = async (action: string, facts: Facts): Promise<number> => {
    let elapsed = 0;
    for (let warm = 0; warm < 2; warm += 1) {
      const from = performance.now();
      for (let round = 0; round < ROUNDS; round += 1) {
        await authority.decide(null, actor, action, facts);
      }
      elapsed = performance.now() - from;
    }
    return Math.round((ROUNDS / elapsed) * MILLISECONDS_PER_SECOND);
  };
  return {
    listPerSecond: await perSecond('case.list', {}),
    refundPerSecond: await perSecond('refund.create', { amountMinor: 100n, currency: 'USD' }),
  };
}

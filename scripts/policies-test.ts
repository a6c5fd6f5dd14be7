import { isDeepStrictEqual } from 'node:util';

import { findPoliciesDirectory, loadPolicies, Policies } from '../src/policy/index.js';
import { answerOf, readPolicyTests } from './policy-situations.js';

/** Loads `policies/` and asks it every situation of `policies/tests`; exits 1 where one is answered otherwise. */
function main(): number {
  const policies = new Policies(loadPolicies(findPoliciesDirectory()));
  let asked = 0;
  let failed = 0;
  for (const { file, describe, situations } of readPolicyTests()) {
    for (const situation of situations) {
      asked += 1;
      const answer = answerOf(policies, situation);
      if (isDeepStrictEqual(answer, situation.expect)) continue;
      failed += 1;
      console.error(`${file}: ${describe}: ${situation.it}`);
      console.error(`  expected ${JSON.stringify(situation.expect)}`);
      console.error(`  answered ${JSON.stringify(answer)}`);
    }
  }
  console.log(
    `${policies.version} (${policies.digest.slice(0, 12)}…): ${asked} situations, ${failed} failed`,
  );
  return failed === 0 ? 0 : 1;
}

try {
  process.exitCode = main();
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}

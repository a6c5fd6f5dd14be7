import { findPoliciesDirectory, loadPolicies, Policies } from '../../src/policy/index.js';
import { answerOf, readPolicyTests } from '../../scripts/policy-situations.js';

const policies = new Policies(loadPolicies(findPoliciesDirectory()));

for (const { file, describe: sentence, situations } of readPolicyTests()) {
  describe(`${file}: ${sentence}`, () => {
    it.each(situations)('$it', (situation) => {
      expect(answerOf(policies, situation)).toEqual(situation.expect);
    });
  });
}

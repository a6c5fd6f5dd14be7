import { z } from 'zod';

import { assurancePolicySchema } from './schemas/assurance.js';
import { authorityPolicySchema } from './schemas/authority.js';
import { calendarsPolicySchema } from './schemas/calendars.js';
import { disputesPolicySchema } from './schemas/disputes.js';
import { fraudPolicySchema } from './schemas/fraud.js';
import { intentsPolicySchema } from './schemas/intents.js';
import { maskingPolicySchema } from './schemas/masking.js';
import { policyNameSchema } from './schemas/policy.js';
import { policyTestSchema } from './schemas/policy-test.js';
import { retentionPolicySchema } from './schemas/retention.js';
import { templatesPolicySchema } from './schemas/templates.js';
import { verificationPolicySchema } from './schemas/verification.js';

/** The files of `policies/`, each `<name>.yaml` with its schema. */
export const policySchemas = {
  policy: policyNameSchema,
  authority: authorityPolicySchema,
  assurance: assurancePolicySchema,
  verification: verificationPolicySchema,
  intents: intentsPolicySchema,
  fraud: fraudPolicySchema,
  disputes: disputesPolicySchema,
  calendars: calendarsPolicySchema,
  retention: retentionPolicySchema,
  templates: templatesPolicySchema,
  masking: maskingPolicySchema,
};

export type PolicyFileName = keyof typeof policySchemas;
export const policyFileNames = Object.keys(policySchemas) as PolicyFileName[];

/** Every file's content, as its schema reads it. */
export type PolicyContent = {
  readonly [Name in PolicyFileName]: z.output<(typeof policySchemas)[Name]>;
};

/** JSON Schemas by file name under `policies/schema`, for editors; checked in and compared by a test. */
export function policyJsonSchemas(): ReadonlyMap<string, object> {
  const schemas = { ...policySchemas, 'policy-test': policyTestSchema };
  return new Map(
    Object.entries(schemas).map(([name, schema]) => [
      `${name}.schema.json`,
      z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }),
    ]),
  );
}

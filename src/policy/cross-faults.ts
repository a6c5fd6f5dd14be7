import { formatPath, type PolicyFault } from './policy-document.js';
import type { PolicyContent, PolicyFileName } from './policy-files.js';

type LineOf = (name: PolicyFileName, path: readonly PropertyKey[]) => number;
type Place = readonly [file: PolicyFileName, path: readonly PropertyKey[], message: string];

const checks = [
  unknownRequirements,
  unknownPurposes,
  unmatchedIntents,
  unknownDisclaimers,
  unknownReaders,
  unknownStaffRoles,
];

/** Names in one file that must stand in another. */
export function crossFaults(content: PolicyContent, lineOf: LineOf): readonly PolicyFault[] {
  return checks
    .flatMap((check) => check(content))
    .map(([name, path, message]) => ({
      file: `policies/${name}.yaml`,
      line: lineOf(name, path),
      path: formatPath(path),
      message,
    }));
}

function unknownRequirements({ authority, assurance }: PolicyContent): readonly Place[] {
  const known = new Set(assurance.requirements.map((rule) => rule.id));
  return authority.actions.flatMap((action, index) =>
    Object.entries(action.assurance)
      .filter(([, id]) => !known.has(id))
      .map(([kind, id]): Place => [
        'authority',
        ['actions', index, 'assurance', kind],
        `No requirement ${id} in assurance.yaml`,
      ]),
  );
}

function unknownPurposes({ authority, assurance }: PolicyContent): readonly Place[] {
  const known = new Set(authority.purposes.map((purpose) => purpose.id));
  return assurance.intents.flatMap(({ purpose }, index): Place[] =>
    known.has(purpose)
      ? []
      : [['assurance', ['intents', index, 'purpose'], `No purpose ${purpose} in authority.yaml`]],
  );
}

/** Each intent says what it needs, and nothing is said of an intent that does not exist. */
function unmatchedIntents({ assurance, intents }: PolicyContent): readonly Place[] {
  const judged = assurance.intents.map((rule) => rule.intent);
  const known: readonly string[] = intents.intents.map((rule) => rule.intent);
  const missing = known.filter((intent) => !judged.includes(intent));
  const unknown = judged.filter((intent) => !known.includes(intent));
  return [
    ...missing.map((intent): Place => ['assurance', ['intents'], `${intent} is missing`]),
    ...unknown.map((intent): Place => ['assurance', ['intents'], `No intent ${intent}`]),
  ];
}

function unknownDisclaimers({ intents, templates }: PolicyContent): readonly Place[] {
  const known = new Set(templates.disclaimers.map((disclaimer) => disclaimer.id));
  return intents.intents.flatMap(({ disclaimerIds }, index) =>
    disclaimerIds
      .filter((id) => !known.has(id))
      .map((id): Place => [
        'intents',
        ['intents', index, 'disclaimerIds'],
        `No disclaimer ${id} in templates.yaml`,
      ]),
  );
}

function unknownReaders({ authority, masking }: PolicyContent): readonly Place[] {
  const known = new Set(authority.roles.map((role) => role.id));
  return masking.fields.flatMap(({ readers }, index) =>
    readers
      .filter(({ role }) => !known.has(role))
      .map(({ role }): Place => [
        'masking',
        ['fields', index, 'readers'],
        `No role ${role} in authority.yaml`,
      ]),
  );
}

/** A claim may give only roles of staff: a misspelt one would give nothing, or another kind's. */
function unknownStaffRoles({ authority, verification }: PolicyContent): readonly Place[] {
  const known = new Set(authority.roles.filter(({ kind }) => kind === 'staff').map(({ id }) => id));
  const { mappings, breakGlassRoles } = verification.staffOidc;
  const named: readonly (readonly [readonly PropertyKey[], readonly string[]])[] = [
    ...mappings.map(
      ({ roles }, index) => [['staffOidc', 'mappings', index, 'roles'], roles] as const,
    ),
    [['staffOidc', 'breakGlassRoles'], breakGlassRoles],
  ];
  return named.flatMap(([path, roles]) =>
    roles
      .filter((role) => !known.has(role))
      .map((role): Place => ['verification', path, `No staff role ${role} in authority.yaml`]),
  );
}

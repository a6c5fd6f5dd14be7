import { formatPath, type PolicyFault } from './policy-document.js';
import type { PolicyContent, PolicyFileName } from './policy-files.js';

type LineOf = (name: PolicyFileName, path: readonly PropertyKey[]) => number;
type Place = readonly [file: PolicyFileName, path: readonly PropertyKey[], message: string];

/** Names in one file that must stand in another. */
export function crossFaults(content: PolicyContent, lineOf: LineOf): readonly PolicyFault[] {
  const checks = [unknownRequirements, unknownPurposes];
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

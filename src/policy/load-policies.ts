import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { canonicalJson } from '../ledger/index.js';
import { crossFaults } from './cross-faults.js';
import {
  parsePolicyDocument,
  type PolicyDocument,
  type PolicyFault,
  PolicyInvalid,
} from './policy-document.js';
import {
  type PolicyContent,
  type PolicyFileName,
  policyFileNames,
  policySchemas,
} from './policy-files.js';

/** All policies, checked, with the digest that names exactly these. */
export interface LoadedPolicies {
  readonly content: PolicyContent;
  /** SHA-256 of the canonical JSON (RFC 8785) of all files by name, hex. */
  readonly digest: string;
}

/** The folder `policies/` of this installation: the nearest one above this file. */
export function findPoliciesDirectory(): string {
  let folder = import.meta.dirname;
  for (;;) {
    const candidate = join(folder, 'policies');
    if (existsSync(join(candidate, 'policy.yaml'))) return candidate;
    const parent = dirname(folder);
    if (parent === folder) throw new Error('No folder policies/ above the program');
    folder = parent;
  }
}

/**
 * Reads, checks and freezes `policies/`.
 *
 * @throws PolicyInvalid with every fault of every file.
 */
export function loadPolicies(directory: string): LoadedPolicies {
  return readPolicies((name) => readFileSync(join(directory, `${name}.yaml`), 'utf8'));
}

/** The same from texts that stand elsewhere. */
export function readPolicies(textOf: (name: PolicyFileName) => string): LoadedPolicies {
  const documents = new Map<PolicyFileName, PolicyDocument<unknown>>();
  const faults: PolicyFault[] = [];
  for (const name of policyFileNames) {
    try {
      const text = textOf(name);
      documents.set(name, parsePolicyDocument(`policies/${name}.yaml`, text, policySchemas[name]));
    } catch (error) {
      faults.push(...faultsOf(name, error));
    }
  }
  if (faults.length > 0) throw new PolicyInvalid(faults);
  const content = contentOf(documents, 'value') as unknown as PolicyContent;
  const crossed = crossFaults(content, (name, path) => documents.get(name)?.lineOf(path) ?? 1);
  if (crossed.length > 0) throw new PolicyInvalid(crossed);
  const canonical = canonicalJson(contentOf(documents, 'source'));
  return {
    content: freeze(content),
    digest: createHash('sha256').update(canonical).digest('hex'),
  };
}

function faultsOf(name: PolicyFileName, error: unknown): readonly PolicyFault[] {
  if (error instanceof PolicyInvalid) return error.faults;
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
    return [{ file: `policies/${name}.yaml`, line: 1, path: '', message: 'The file is missing' }];
  }
  throw error;
}

function contentOf(
  documents: ReadonlyMap<PolicyFileName, PolicyDocument<unknown>>,
  part: 'source' | 'value',
): Record<string, unknown> {
  return Object.fromEntries([...documents].map(([name, document]) => [name, document[part]]));
}

function freeze<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null) return value;
  for (const member of Object.values(value)) freeze(member);
  return Object.freeze(value);
}

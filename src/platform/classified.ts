/**
 * How an entity's column is classified. `personal` and `secret` columns hold ciphertext or keyed
 * digests only (`bytea`), never clear text.
 */
export type Classification = 'public' | 'internal' | 'personal' | 'secret';

const classifications = new Map<object, Map<string, Classification>>();

/** Classifies a column; a test fails on a column without. */
export function Classified(classification: Classification): PropertyDecorator {
  return (target, property) => {
    const columns = classifications.get(target.constructor) ?? new Map<string, Classification>();
    columns.set(String(property), classification);
    classifications.set(target.constructor, columns);
  };
}

/** The classification of each property of an entity class. */
export function classificationsOf(entity: object): ReadonlyMap<string, Classification> {
  return classifications.get(entity) ?? new Map<string, Classification>();
}

/**
 * Licences that let the product ship without asking anybody: permissive ones, and those of public
 * data. A new one takes its place here after somebody read it.
 */
export const allowedLicences = [
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'MIT-0',
  'PostgreSQL',
  'Python-2.0',
  'Unlicense',
  'Zlib',
] as const;

/** One entry of `packages` in package-lock.json, lockfile version 3. */
export interface LockedPackage {
  readonly version?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly link?: boolean;
}

export interface Licensed {
  /** Name and version, as people say them: `pg@8.23.1`. */
  readonly name: string;
  readonly licence: string;
}

/** Every package that ships: all but those only development needs. */
export function listShippedPackages(
  packages: Readonly<Record<string, LockedPackage>>,
): readonly Licensed[] {
  return Object.entries(packages)
    .filter(([path, entry]) => path !== '' && entry.dev !== true && entry.link !== true)
    .map(([path, entry]) => ({
      name: `${path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)}@${entry.version ?? ''}`,
      licence: entry.license ?? 'none stated',
    }));
}

/** Whether an SPDX expression leaves us a choice that is allowed. */
export function isAllowed(expression: string): boolean {
  const alternatives = expression.replace(/^\(|\)$/g, '').split(/ OR /);
  return alternatives.some((alternative) =>
    alternative
      .split(/ AND /)
      .every((name) =>
        (allowedLicences as readonly string[]).includes(name.replace(/^\(|\)$/g, '')),
      ),
  );
}

import { readFileSync, statSync } from 'node:fs';

import { createLocalJWKSet, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';

/** The keys of a JWK set in a file, read anew when the file has changed. */
export function keysOfFile(path: string): JWTVerifyGetKey {
  let readAt = -1;
  let keys: JWTVerifyGetKey | undefined;
  return (header, token) => {
    const { mtimeMs } = statSync(path);
    if (!keys || mtimeMs !== readAt) {
      // jose checks the form of the set itself.
      keys = createLocalJWKSet(JSON.parse(readFileSync(path, 'utf8')) as JSONWebKeySet);
      readAt = mtimeMs;
    }
    return keys(header, token);
  };
}

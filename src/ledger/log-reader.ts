import type { QueryResultRow } from 'pg';

import { foldHashes, type HashSource, sliceOf, type Subtree, tileWidth } from './tree/index.js';

/** The little that reading the log needs of a connection or pool. */
export interface Queryable {
  query<Row extends QueryResultRow>(
    sql: string,
    values?: unknown[],
  ): Promise<{ readonly rows: Row[]; readonly command: string }>;
}

/** Thrown where the stored log lacks a hash that its size says it has. */
export class LogIncomplete extends Error {
  override readonly name = 'LogIncomplete';
}

interface HashRow {
  readonly place: number;
  readonly hash: Buffer;
}

/**
 * Finds the roots of subtrees in the tables: a hash of tile level 0 is a leaf's, one of a level
 * above the root of a full tile below. One statement, however many are asked for.
 */
export function hashSourceOf(connection: Queryable): HashSource {
  return async (subtrees) => {
    if (subtrees.length === 0) return [];
    const { rows } = await connection.query<HashRow>(selectHashes, parametersOf(subtrees));
    const found = subtrees.map((): Buffer[] => []);
    for (const { place, hash } of rows) found[place]?.push(hash);
    return found.map((hashes, place) => rootOfSlice(subtrees[place], hashes));
  };
}

const selectHashes = `
  SELECT wanted.place, leaf.at, leaf.hash
  FROM unnest($1::int[], $2::int[], $3::bigint[], $4::bigint[]) AS wanted (place, level, first, beyond)
  CROSS JOIN LATERAL (
    SELECT leaf_index AS at, leaf_hash AS hash FROM audit_entries
    WHERE wanted.level = 0 AND leaf_index >= wanted.first AND leaf_index < wanted.beyond
    UNION ALL
    SELECT tile_index, root_hash FROM audit_tiles
    WHERE level = wanted.level - 1 AND tile_index >= wanted.first AND tile_index < wanted.beyond
  ) AS leaf
  ORDER BY wanted.place, leaf.at
`;

function parametersOf(subtrees: readonly Subtree[]): unknown[] {
  const slices = subtrees.map(sliceOf);
  return [
    slices.map((_slice, place) => place),
    slices.map((slice) => slice.level),
    slices.map((slice) => slice.index * tileWidth + slice.start),
    slices.map((slice) => slice.index * tileWidth + slice.end),
  ];
}

function rootOfSlice(subtree: Subtree | undefined, hashes: readonly Buffer[]): Buffer {
  if (!subtree) throw new LogIncomplete('A hash that nobody asked for');
  const slice = sliceOf(subtree);
  if (hashes.length !== slice.end - slice.start) {
    throw new LogIncomplete(`The log lacks hashes of level ${subtree.level} at ${subtree.index}`);
  }
  return foldHashes(Buffer.concat(hashes));
}

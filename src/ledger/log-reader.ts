import type { QueryResultRow } from 'pg';

import {
  foldHashes,
  hashBytes,
  type HashSource,
  sliceOf,
  type Subtree,
  tileWidth,
} from './tree/index.js';

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

/** A data source, or the manager of a transaction, as the readers of the log want it. */
export function readThrough(database: {
  query(sql: string, values?: unknown[]): Promise<unknown>;
}): Queryable {
  return {
    query: async <Row extends QueryResultRow>(sql: string, values?: unknown[]) => ({
      rows: (await database.query(sql, values)) as Row[],
      command: 'SELECT',
    }),
  };
}

interface HashRow {
  readonly place: number;
  /** Side by side; null where the log has none. */
  readonly hashes: Buffer | null;
}

/**
 * Finds the roots of subtrees in the tables: in a slice of a full tile where there is one, else among
 * the leaves, or the roots of the tiles below. One statement, however many are asked for.
 */
export function hashSourceOf(connection: Queryable): HashSource {
  return async (subtrees) => {
    if (subtrees.length === 0) return [];
    const { rows } = await connection.query<HashRow>(selectHashes, parametersOf(subtrees));
    const found = new Map(rows.map(({ place, hashes }) => [place, hashes]));
    return subtrees.map((subtree, place) => rootOfSlice(subtree, found.get(place) ?? null));
  };
}

const rootsKeptMax = 65_536;
/** From this height on a root takes another tile to compute than the leaf's own. */
const keptLevelMin = Math.log2(tileWidth);

/**
 * Keeps the roots of large subtrees: a log only grows, so that what is complete never changes, and a
 * proof then reads little beside its leaf's own tile. For one log: another has other roots.
 */
export function keepRoots(source: HashSource): HashSource {
  const kept = new Map<string, Buffer>();
  return async (subtrees) => {
    const known = subtrees.map((subtree) => kept.get(nameOf(subtree)));
    const found = await source(subtrees.filter((_, place) => known[place] === undefined));
    let next = 0;
    return subtrees.map((subtree, place) => {
      const root = known[place] ?? found[next++] ?? missing(nameOf(subtree));
      if (subtree.level >= keptLevelMin && known[place] === undefined) {
        const [oldest] = kept.keys();
        if (kept.size >= rootsKeptMax && oldest !== undefined) kept.delete(oldest);
        kept.set(nameOf(subtree), root);
      }
      return root;
    });
  };
}

/**
 * Asks for everything that is wanted in one turn of the event loop at once, and for nothing twice:
 * the proofs of many leaves share most of their hashes.
 */
export function gatherRequests(source: HashSource): HashSource {
  let wanted = new Map<string, Subtree>();
  let answer: Promise<ReadonlyMap<string, Buffer>> | null = null;
  const ask = async (): Promise<ReadonlyMap<string, Buffer>> => {
    await Promise.resolve();
    const asked = wanted;
    wanted = new Map();
    answer = null;
    const hashes = await source([...asked.values()]);
    return new Map([...asked.keys()].map((name, place) => [name, hashes[place] ?? missing(name)]));
  };
  return async (subtrees) => {
    for (const subtree of subtrees) wanted.set(nameOf(subtree), subtree);
    const hashes = await (answer ??= ask());
    return subtrees.map((subtree) => hashes.get(nameOf(subtree)) ?? missing(nameOf(subtree)));
  };
}

function nameOf({ level, index }: Subtree): string {
  return `${level}/${index}`;
}

function missing(name: string): never {
  throw new LogIncomplete(`The log lacks the hash of subtree ${name}`);
}

const selectHashes = `
  SELECT wanted.place, coalesce(
    (SELECT substring(hashes FROM wanted.start * ${hashBytes} + 1 FOR (wanted.stop - wanted.start) * ${hashBytes})
     FROM audit_tiles WHERE level = wanted.level AND tile_index = wanted.tile),
    CASE WHEN wanted.level = 0 THEN (
      SELECT string_agg(leaf_hash, ''::bytea ORDER BY leaf_index) FROM audit_entries
      WHERE leaf_index >= wanted.tile * ${tileWidth} + wanted.start
        AND leaf_index < wanted.tile * ${tileWidth} + wanted.stop
    ) ELSE (
      SELECT string_agg(root_hash, ''::bytea ORDER BY tile_index) FROM audit_tiles
      WHERE level = wanted.level - 1
        AND tile_index >= wanted.tile * ${tileWidth} + wanted.start
        AND tile_index < wanted.tile * ${tileWidth} + wanted.stop
    ) END
  ) AS hashes
  FROM unnest($1::int[], $2::int[], $3::bigint[], $4::int[], $5::int[])
    AS wanted (place, level, tile, start, stop)
`;

/** The leaf hash at an index, an SQL expression, also where only the tile is left of the entry; else null. */
export const leafHashAt = (index: string): string => `coalesce(
    (SELECT leaf_hash FROM audit_entries WHERE leaf_index = ${index}),
    (SELECT substring(hashes FROM ((${index}) % ${tileWidth})::int * ${hashBytes} + 1 FOR ${hashBytes})
     FROM audit_tiles WHERE level = 0 AND tile_index = (${index}) / ${tileWidth} AND (${index}) >= 0)
  )`;

export const selectLeafHash = `SELECT ${leafHashAt('$1::bigint')} AS leaf_hash`;

/** As array literals: the driver writes an array member by member, into ten times the garbage. */
function parametersOf(subtrees: readonly Subtree[]): string[] {
  const slices = subtrees.map(sliceOf);
  const literal = (numbers: readonly number[]): string => `{${numbers.join(',')}}`;
  return [
    literal(slices.map((_slice, place) => place)),
    literal(slices.map((slice) => slice.level)),
    literal(slices.map((slice) => slice.index)),
    literal(slices.map((slice) => slice.start)),
    literal(slices.map((slice) => slice.end)),
  ];
}

function rootOfSlice(subtree: Subtree, hashes: Buffer | null): Buffer {
  const { start, end } = sliceOf(subtree);
  if (hashes?.length !== (end - start) * hashBytes) return missing(nameOf(subtree));
  return foldHashes(hashes);
}

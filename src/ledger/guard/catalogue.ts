import type { QueryResultRow } from 'pg';

import type { Queryable } from '../log-reader.js';

/**
 * What protects the audit tables, as the catalogue of the database tells it, in sentences that two
 * installations have in common: one list for each table, one for all partitions of a table alike, one
 * for the functions and one for the roles.
 */
export type Catalogue = Readonly<Record<string, readonly string[]>>;

interface CatalogueRow extends QueryResultRow {
  /** The table, partition, or the word for the rest. */
  readonly object: string;
  /** Whose list it must have. */
  readonly like: string;
  readonly line: string;
}

/** One sentence of the catalogue that is missing or new. */
export interface CatalogueDifference {
  readonly object: string;
  readonly change: 'missing' | 'new';
  readonly line: string;
}

/** Reads it as any role: the catalogue is open to all. */
export async function readCatalogue(connection: Queryable): Promise<readonly CatalogueRow[]> {
  const found: CatalogueRow[] = [];
  for (const query of [selectRelations, selectFunctions, selectRoles]) {
    found.push(...(await connection.query<CatalogueRow>(query)).rows);
  }
  return found;
}

/** The catalogue in the form in which the expectation is kept. */
export function condense(rows: readonly CatalogueRow[]): Catalogue {
  const lists = new Map<string, Set<string>>();
  for (const { like, line } of rows) {
    const list = lists.get(like) ?? new Set();
    lists.set(like, list.add(line));
  }
  const names = [...lists.keys()].sort();
  return Object.fromEntries(names.map((name) => [name, [...(lists.get(name) ?? [])].sort()]));
}

/** Every table, each partition, the functions and the roles, each held against its list. */
export function compareCatalogue(
  rows: readonly CatalogueRow[],
  expected: Catalogue,
): CatalogueDifference[] {
  const objects = new Map(Object.keys(expected).map((name) => [name, name]));
  for (const { object, like } of rows) objects.set(object, like);
  return [...objects].flatMap(([object, like]) => {
    // The word for all partitions is no object of its own.
    if (like === object && like.endsWith('/*')) return [];
    const present = new Set(rows.filter((row) => row.object === object).map(({ line }) => line));
    const wanted = new Set(expected[like] ?? []);
    return [
      ...[...wanted].filter((line) => !present.has(line)).map(differenceOf(object, 'missing')),
      ...[...present].filter((line) => !wanted.has(line)).map(differenceOf(object, 'new')),
    ];
  });
}

function differenceOf(
  object: string,
  change: CatalogueDifference['change'],
): (line: string) => CatalogueDifference {
  return (line) => ({ object, change, line });
}

/** By pattern: a table that the log gets later is not forgotten, and a stray one is named. */
const guarded = `'^(audit_.*|sealer_progress)$'`;

/** Names of indexes and constraints are left out: those of partitions are made up by the server. */
const selectRelations = `
  WITH relation AS (
    SELECT c.*, c.relname::text AS object,
      CASE WHEN parent.relname IS NULL THEN c.relname::text ELSE parent.relname || '/*' END AS like
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public'
    LEFT JOIN pg_inherits i ON i.inhrelid = c.oid
    LEFT JOIN pg_class parent ON parent.oid = i.inhparent
    WHERE c.relkind IN ('r', 'p') AND coalesce(parent.relname, c.relname) ~ ${guarded}
  )
  SELECT object, "like", format('owner %s, kind %s, persistence %s, row security %s, rules %s',
    pg_get_userbyid(relowner), relkind, relpersistence, relrowsecurity,
    EXISTS (SELECT FROM pg_rewrite WHERE ev_class = relation.oid)) AS line
  FROM relation
  UNION ALL
  SELECT object, "like", format('column %s %s%s%s', a.attname, format_type(a.atttypid, a.atttypmod),
    CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END,
    coalesce(' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid), ''))
  FROM relation JOIN pg_attribute a ON a.attrelid = relation.oid AND a.attnum > 0 AND NOT a.attisdropped
  LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
  UNION ALL
  SELECT object, "like", format('constraint %s%s', pg_get_constraintdef(k.oid),
    CASE WHEN k.convalidated THEN '' ELSE ' NOT VALID' END)
  FROM relation JOIN pg_constraint k ON k.conrelid = relation.oid AND k.contype IN ('c', 'p', 'u', 'f', 'x')
  UNION ALL
  SELECT object, "like", format('%sindex %s%s', CASE WHEN x.indisunique THEN 'unique ' ELSE '' END,
    regexp_replace(pg_get_indexdef(x.indexrelid), '^.* USING ', ''),
    CASE WHEN x.indisvalid THEN '' ELSE ' INVALID' END)
  FROM relation JOIN pg_index x ON x.indrelid = relation.oid
  UNION ALL
  SELECT object, "like", format('trigger %s, enabled %s',
    regexp_replace(pg_get_triggerdef(t.oid), ' ON \\S+ ', ' '), t.tgenabled)
  FROM relation JOIN pg_trigger t ON t.tgrelid = relation.oid AND NOT t.tgisinternal
  UNION ALL
  SELECT object, "like", format('grant %s to %s', string_agg(g.privilege_type, ', ' ORDER BY g.privilege_type),
    CASE WHEN g.grantee = 0 THEN 'PUBLIC' ELSE pg_get_userbyid(g.grantee) END)
  FROM relation, aclexplode(relation.relacl) g
  WHERE g.grantee <> relation.relowner GROUP BY object, "like", g.grantee
  UNION ALL
  SELECT object, "like", format('grant %s (%s) to %s', g.privilege_type, a.attname, pg_get_userbyid(g.grantee))
  FROM relation JOIN pg_attribute a ON a.attrelid = relation.oid, aclexplode(a.attacl) g
`;

/** Ours by name, and whatever else acts with its owner's rights. */
const selectFunctions = `
  SELECT 'functions' AS object, 'functions' AS "like", format('%s(%s) of %s, definer %s, settings %s, body %s, grants %s',
    p.proname, pg_get_function_identity_arguments(p.oid), pg_get_userbyid(p.proowner), p.prosecdef,
    coalesce(p.proconfig::text, '-'), encode(sha256(convert_to(p.prosrc, 'UTF8')), 'hex'),
    coalesce((SELECT string_agg(CASE WHEN g.grantee = 0 THEN 'PUBLIC' ELSE pg_get_userbyid(g.grantee)::text END,
      ', ' ORDER BY pg_get_userbyid(g.grantee)) FROM aclexplode(p.proacl) g WHERE g.grantee <> p.proowner), '-')) AS line
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace AND n.nspname = 'public'
  WHERE p.prosecdef OR p.proname IN ('refuse_change', 'create_ledger_partition', 'extend_ledger_partitions')
`;

/**
 * Whoever creates roles without being superuser is a member of what it created (PostgreSQL 16), and
 * the owner's membership is how such an administrator gives it the database: those are left out.
 */
const selectRoles = `
  SELECT 'roles' AS object, 'roles' AS "like",
    format('%s: superuser %s, creates roles %s, creates databases %s, replicates %s, bypasses row security %s, settings %s',
      rolname, rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls, coalesce(rolconfig::text, '-')) AS line
  FROM pg_roles WHERE rolname IN ('probity_owner', 'probity_app', 'probity_sealer', 'probity_reader')
  UNION ALL
  SELECT 'roles', 'roles', format('%s is a member of %s', member.rolname, granted.rolname)
  FROM pg_auth_members m JOIN pg_roles granted ON granted.oid = m.roleid
  JOIN pg_roles member ON member.oid = m.member
  WHERE member.rolname LIKE 'probity\\_%'
    OR (granted.rolname IN ('probity_app', 'probity_sealer', 'probity_reader')
      AND NOT member.rolsuper AND NOT member.rolcreaterole)
  UNION ALL
  SELECT 'roles', 'roles', format('%s may create in the schema', pg_get_userbyid(g.grantee))
  FROM pg_namespace n, aclexplode(n.nspacl) g
  WHERE n.nspname = 'public' AND g.privilege_type = 'CREATE' AND g.grantee <> n.nspowner
`;

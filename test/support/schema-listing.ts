import type { TestDatabase } from './database.js';

/**
 * The schema as our own catalogue query tells it: tables with columns, constraints, indexes,
 * triggers, functions and grants, each on a line, sorted. Partitions are left out: they are made in
 * the course of time.
 */
export async function listSchema(database: TestDatabase): Promise<string> {
  const sections: string[] = [];
  for (const [title, sql] of queries) {
    const rows = await database.query<{ line: string }>(sql);
    sections.push([`-- ${title}`, ...rows.map(({ line }) => line), ''].join('\n'));
  }
  return sections.join('\n');
}

const ofOurs = `n.nspname = 'public' AND NOT c.relispartition AND c.relname <> 'migrations'`;

const queries: readonly (readonly [string, string])[] = [
  [
    'Columns',
    `SELECT format('%s.%s %s%s%s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
              CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END,
              coalesce(' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid), '')) AS line
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
     LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
     WHERE c.relkind IN ('r', 'p') AND ${ofOurs} ORDER BY c.relname, a.attnum`,
  ],
  [
    'Constraints',
    `SELECT format('%s: %s', c.relname, pg_get_constraintdef(k.oid)) AS line
     FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
     JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE k.contype <> 'n' AND ${ofOurs} ORDER BY 1`,
  ],
  [
    'Indexes',
    `SELECT i.indexdef AS line FROM pg_indexes i JOIN pg_class c ON c.relname = i.tablename
     JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = i.schemaname
     WHERE ${ofOurs} ORDER BY 1`,
  ],
  [
    'Triggers',
    `SELECT format('%s %s', pg_get_triggerdef(t.oid), CASE t.tgenabled WHEN 'A' THEN 'ALWAYS' ELSE '' END) AS line
     FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
     JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE NOT t.tgisinternal AND ${ofOurs} ORDER BY 1`,
  ],
  [
    'Functions',
    `SELECT format('%s(%s) %s md5 %s', p.proname, pg_get_function_identity_arguments(p.oid),
              CASE WHEN p.prosecdef THEN 'SECURITY DEFINER' ELSE 'SECURITY INVOKER' END,
              md5(p.prosrc)) AS line
     FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
     WHERE n.nspname = 'public' ORDER BY 1`,
  ],
  [
    'Grants',
    `SELECT format('%s ON %s TO %s', string_agg(g.privilege_type, ', ' ORDER BY g.privilege_type),
              g.table_name, g.grantee) AS line
     FROM information_schema.role_table_grants g JOIN pg_class c ON c.relname = g.table_name
     JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = g.table_schema
     WHERE g.grantee LIKE 'probity\\_%' AND g.grantee <> 'probity_owner' AND ${ofOurs}
     GROUP BY g.table_name, g.grantee ORDER BY g.table_name, g.grantee`,
  ],
];

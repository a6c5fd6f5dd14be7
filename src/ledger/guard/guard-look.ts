import type { QueryResultRow } from 'pg';

import { schemaChangesTable, schemaWatchStanding } from '../../platform/index.js';
import type { Queryable } from '../log-reader.js';
import { compareCatalogue, readCatalogue } from './catalogue.js';
import { expectedCatalogue } from './expected-catalogue.js';

/** A command that changed the schema, as the database's event trigger wrote it down. */
export interface SchemaChange {
  readonly id: number;
  readonly command: string;
  readonly object: string;
  readonly role: string;
  readonly at: string;
}

interface ChangeRow extends QueryResultRow {
  readonly id: string;
  readonly command: string;
  readonly object: string;
  readonly role: string;
  readonly changed_at: Date;
}

const changesMax = 100;

/**
 * Says what of the guard is not as the migrations made it, a sentence each. On the embedded server
 * the event triggers belong to it.
 */
export async function findGuardFaults(
  connection: Queryable,
  { isEmbedded }: { readonly isEmbedded: boolean },
): Promise<string[]> {
  const differences = compareCatalogue(await readCatalogue(connection), expectedCatalogue);
  const faults = differences.map(({ object, change, line }) => `${object}: ${change}: ${line}`);
  if (isEmbedded && !(await hasSchemaWatch(connection))) faults.push('event triggers: missing');
  return faults;
}

async function hasSchemaWatch(connection: Queryable): Promise<boolean> {
  const { text, values } = schemaWatchStanding;
  const { rows } = await connection.query<{ stands: boolean }>(text, values);
  return rows[0]?.stands === true;
}

/** What was written down after one of them; nothing where no event trigger could be installed. */
export async function listSchemaChanges(
  connection: Queryable,
  after: number,
): Promise<SchemaChange[]> {
  const found = await connection.query<{ present: boolean }>(
    'SELECT to_regclass($1) IS NOT NULL AS present',
    [schemaChangesTable],
  );
  if (found.rows[0]?.present !== true) return [];
  const { rows } = await connection.query<ChangeRow>(
    `SELECT id, command, object, role, changed_at FROM ${schemaChangesTable}
     WHERE id > $1 ORDER BY id LIMIT ${changesMax}`,
    [after],
  );
  return rows.map(({ id, changed_at, ...change }) => ({
    ...change,
    id: Number(id),
    at: changed_at.toISOString(),
  }));
}

import { Injectable } from '@nestjs/common';

import type { Tx } from '../../ledger/index.js';
import { AppDatabase, IdSource } from '../../platform/index.js';
import { type ClientJwk, kidOf } from './client-key.js';

export interface ApiClientKey {
  readonly id: string;
  readonly kid: string;
  readonly jwk: ClientJwk;
  readonly createdAt: Date;
}

/** An integration client and the keys it may sign in with, oldest first. */
export interface ApiClient {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly createdAt: Date;
  readonly revokedAt: Date | null;
  readonly keys: readonly ApiClientKey[];
}

const clientsMax = 1000;

const selectClients = `
  SELECT c.id, c.name, c.scopes, c.created_at AS "createdAt", c.revoked_at AS "revokedAt",
    coalesce((SELECT json_agg(json_build_object('id', k.id, 'kid', k.kid, 'jwk', k.jwk, 'createdAt', k.created_at)
        ORDER BY k.created_at, k.id)
      FROM api_client_keys k WHERE k.client_id = c.id AND k.removed_at IS NULL), '[]') AS keys
  FROM api_clients c`;

type ClientRow = Omit<ApiClient, 'keys'> & {
  readonly keys: readonly (Omit<ApiClientKey, 'createdAt'> & { readonly createdAt: string })[];
};

/** Owns the register of integration clients. */
@Injectable()
export class ApiClients {
  constructor(
    private readonly database: AppDatabase,
    private readonly ids: IdSource,
  ) {}

  async create(
    tx: Tx,
    { name, scopes }: Pick<ApiClient, 'name' | 'scopes'>,
  ): Promise<Pick<ApiClient, 'id' | 'name' | 'scopes' | 'createdAt'>> {
    const id = this.ids.ordered();
    await tx.query(
      'INSERT INTO api_clients (id, name, scopes, created_by, created_at) VALUES ($1, $2, $3, $4, $5)',
      [id, name, scopes, tx.actor.id, tx.now],
    );
    return { id, name, scopes, createdAt: tx.now };
  }

  /** Null where a key of that name stands already. */
  async addKey(tx: Tx, clientId: string, jwk: ClientJwk): Promise<ApiClientKey | null> {
    const id = this.ids.ordered();
    const kid = await kidOf(jwk);
    const rows = await tx.query<object>(
      `INSERT INTO api_client_keys (id, client_id, kid, jwk, created_at) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (client_id, kid) WHERE removed_at IS NULL DO NOTHING RETURNING id`,
      [id, clientId, kid, JSON.stringify(jwk), tx.now],
    );
    return rows.length === 0 ? null : { id, kid, jwk, createdAt: tx.now };
  }

  /** A client that is not revoked, locked so that its keys are counted by one at a time. */
  async lock(tx: Tx, clientId: string): Promise<ApiClient | null> {
    await tx.query('SELECT id FROM api_clients WHERE id = $1 FOR UPDATE', [clientId]);
    const [row] = await tx.query<ClientRow>(
      `${selectClients} WHERE c.id = $1 AND c.revoked_at IS NULL`,
      [clientId],
    );
    return row ? clientOf(row) : null;
  }

  /** Tokens that were asked for with the key end with it. */
  async removeKey(tx: Tx, clientId: string, keyId: string): Promise<boolean> {
    const rows = await tx.query<object>(
      `UPDATE api_client_keys SET removed_at = $3
       WHERE id = $2 AND client_id = $1 AND removed_at IS NULL RETURNING id`,
      [clientId, keyId, tx.now],
    );
    return rows.length > 0;
  }

  /** The next request with any of its tokens, on any instance, is refused. */
  async revoke(tx: Tx, clientId: string): Promise<boolean> {
    const rows = await tx.query<object>(
      'UPDATE api_clients SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL RETURNING id',
      [clientId, tx.now],
    );
    return rows.length > 0;
  }

  async list(tx: Pick<Tx, 'query'>): Promise<readonly ApiClient[]> {
    const rows = await tx.query<ClientRow>(
      `${selectClients} ORDER BY c.created_at DESC, c.id DESC LIMIT $1`,
      [clientsMax],
    );
    return rows.map(clientOf);
  }

  /** A client that may sign in now. */
  async findStanding(clientId: string): Promise<ApiClient | null> {
    const [row] = await this.database.query<ClientRow[]>(
      `${selectClients} WHERE c.id = $1 AND c.revoked_at IS NULL`,
      [clientId],
    );
    return row ? clientOf(row) : null;
  }

  /** The scopes of this moment of a client whose key stands, for each request; null where either ended. */
  async findScopes(clientId: string, keyId: string): Promise<readonly string[] | null> {
    const [row] = await this.database.query<{ scopes: string[] }[]>(
      `SELECT c.scopes FROM api_clients c JOIN api_client_keys k ON k.client_id = c.id
       WHERE c.id = $1 AND c.revoked_at IS NULL AND k.id = $2 AND k.removed_at IS NULL`,
      [clientId, keyId],
    );
    return row?.scopes ?? null;
  }
}

function clientOf({ keys, ...client }: ClientRow): ApiClient {
  return {
    ...client,
    keys: keys.map((key) => ({ ...key, createdAt: new Date(key.createdAt) })),
  };
}

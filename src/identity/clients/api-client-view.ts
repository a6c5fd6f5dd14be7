import type { ApiClient, ApiClientKey } from './api-clients.js';
import type { ApiClientView } from './create-api-client.command.js';

/** A client as its routes show it: of a key, the name. */
export function viewOfClient(client: ApiClient): ApiClientView {
  return {
    id: client.id,
    name: client.name,
    scopes: [...client.scopes],
    createdAt: client.createdAt.toISOString(),
    revokedAt: client.revokedAt?.toISOString() ?? null,
    keys: client.keys.map(viewOfKey),
  };
}

export function viewOfKey({ id, kid, createdAt }: ApiClientKey): ApiClientView['keys'][number] {
  return { id, kid, createdAt: createdAt.toISOString() };
}

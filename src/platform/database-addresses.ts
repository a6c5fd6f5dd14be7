import type { DatabaseUrls } from './config.js';
import type { Secret } from './secret.js';

/** Addresses of the databases, for the job queue and whoever else opens a connection in platform. */
export abstract class DatabaseAddresses implements DatabaseUrls {
  abstract readonly app: Secret;
  abstract readonly sealer: Secret;
  abstract readonly reader: Secret;
  abstract readonly owner: Secret | null;
  abstract readonly bank: Secret;
}

/**
 * What every context stands on: actors, problems, time, ids, keys, configuration, the door (HTTP)
 * and the connections. It knows no business, keeps no business state, and hands nobody a connection
 * that it did not make itself.
 */
export * from './actor.js';
export * from './classified.js';
export * from './clock.js';
export * from './config.js';
export * from './database-addresses.js';
export * from './database-roles.js';
export * from './database-setup.js';
export * from './database-unavailable.js';
export * from './database.module.js';
export { DataDirectoryInUse } from './embedded-postgres/ownership.js';
export * from './environment.js';
export * from './file-key-store.js';
export * from './http/access.js';
export * from './ids.js';
export * from './jobs.js';
export * from './key-store.port.js';
export * from './migrate.js';
export * from './open-database.js';
export * from './person-keyring.js';
export * from './platform.module.js';
export * from './platform.problems.js';
export * from './problem.js';
export * from './readiness.js';
export * from './secret.js';

/**
 * What every context stands on: actors, problems, time, ids, keys, configuration, the door (HTTP)
 * and the connections. It knows no business, keeps no business state, and hands nobody a connection
 * that it did not make itself.
 */
export * from './actor.js';
export * from './aes-gcm.js';
export * from './classified.js';
export * from './clock.js';
export * from './config.js';
export * from './database-addresses.js';
export * from './database-roles.js';
export * from './database-setup.js';
export * from './database-unavailable.js';
export * from './database.module.js';
export {
  createOnce,
  makePrivateDirectory,
  readIfThere,
  removeIfThere,
  syncDirectory,
} from './durable-file.js';
export * from './delivery-settings.js';
export { DataDirectoryInUse } from './embedded-postgres/ownership.js';
export * from './environment.js';
export * from './error-code.js';
export * from './file-key-store.js';
export * from './http/access.js';
export * from './http/account-limit.js';
export { tokenInvalid } from './http/actor.guard.js';
export * from './http/api-route.js';
export * from './http/error-record.js';
export { AcceptsForm } from './http/form-body.js';
export * from './http/health.js';
export * from './http/http-app.js';
export * from './http/idempotency.js';
export * from './http/if-match.js';
export { inputInvalid } from './http/input.pipe.js';
export * from './http/metrics.js';
export * from './http/openapi.js';
export * from './http/origin-limits.js';
export * from './http/path-id.js';
export * from './http/problem-document.js';
export * from './http/request-context.js';
export * from './http/request-limits.js';
export * from './http/service-log.js';
export * from './ids.js';
export * from './jobs.js';
export * from './key-store.port.js';
export * from './losable-client.js';
export * from './migrate.js';
export * from './money.js';
export * from './open-database.js';
export * from './person-keyring.js';
export * from './platform.module.js';
export * from './platform.problems.js';
export * from './preparing-client.js';
export * from './problem.js';
export * from './rate-limit.js';
export * from './readiness.js';
export * from './schema-watch.js';
export * from './secret.js';

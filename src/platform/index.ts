/**
 * What every context stands on: actors, problems, time, ids, keys, configuration, the door (HTTP)
 * and the connections. It knows no business, keeps no business state, and hands nobody a connection
 * that it did not make itself.
 */
export * from './actor.js';
export * from './classified.js';
export * from './clock.js';
export * from './http/access.js';
export * from './ids.js';
export * from './key-store.port.js';
export * from './person-keyring.js';
export * from './platform.problems.js';
export * from './problem.js';

/**
 * Reads `policies/`: law and limits as typed, cited, versioned data. Promises that an unknown key or
 * a broken rule stops the start and names file, line and path. It judges nobody.
 */
export * from './decision.js';

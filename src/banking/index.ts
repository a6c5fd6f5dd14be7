/**
 * The bank's core system behind a port, and the accounts that customers may see of it. It keeps no
 * copy of what the bank knows.
 */
export * from './core-banking.port.js';

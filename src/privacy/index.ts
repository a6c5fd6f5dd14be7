/**
 * Protects what the service knows of people: encrypts their fields under a key of their own, masks
 * what is shown, and knows every place where their data stands. It promises that destroying one
 * person's key makes that person's fields unreadable everywhere, and that a field moved to another
 * person, row or column does not open. It decides nothing about who may see what.
 */
export * from './field-encryption.js';
export * from './masking.js';
export * from './personal-data.js';
export * from './privacy.module.js';

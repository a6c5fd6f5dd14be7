import type { KeyStore } from '../../platform/index.js';

/** A keyed digest by which an address is found, however its letters are cased. */
export function staffEmailIndex(keys: KeyStore, email: string): Buffer {
  return keys.mac('blind-index', `staff-email/v1\n${email.trim().toLowerCase()}`);
}

export function sealEmail(keys: KeyStore, staffId: string, email: string): Buffer {
  return keys.seal('staff-email', Buffer.from(email.trim(), 'utf8'), contextOf(staffId));
}

/** @throws Error where the address was sealed for somebody else. */
export function openEmail(keys: KeyStore, staffId: string, sealed: Buffer): string {
  return keys.open('staff-email', sealed, contextOf(staffId)).toString('utf8');
}

function contextOf(staffId: string): string {
  return `staff-email/v1\n${staffId}`;
}

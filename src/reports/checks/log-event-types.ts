/** The events that tell of somebody reading the audit log (PCI DSS v4.0.1 10.2.1.3). */
export const logAccessTypes: readonly string[] = [
  'ledger.completeness_proved',
  'ledger.consistency_proved',
  'ledger.event_read',
  'ledger.events_listed',
  'ledger.export_downloaded',
  'ledger.export_read',
  'ledger.export_requested',
  'ledger.inclusion_proved',
  'ledger.log_read',
];

/** Attempts at access that fail rather than being refused (10.2.1.4). */
export const failedAttemptTypes: readonly string[] = [
  'authenticator.confirm_failed',
  'session.refresh_reused',
  'staff.locked',
  'staff.refresh_reused',
  'verification.challenge_failed',
  'verification.locked',
];

/** Changes of what identifies and authenticates, of accounts and of roles (10.2.1.5). */
export const credentialTypes: readonly string[] = [
  'authenticator.confirmed',
  'authenticator.enrolled',
  'authenticator.recovery_codes_issued',
  'authenticator.removed',
  'client.created',
  'client.key_added',
  'client.key_removed',
  'client.revoked',
  'factor_recovery.issued',
  'staff.disabled',
  'staff.enabled',
  'staff.enrolled',
  'staff.factor_reset',
  'staff.invited',
  'staff.password_reset',
  'staff.roles_changed',
];

/**
 * Creation, change and deletion of system-level objects (10.2.1.7), and the member of their detail
 * that names the object; null where it is the event's resource.
 */
export const objectMembers: Readonly<Record<string, string | null>> = {
  'client.created': null,
  'client.key_added': null,
  'client.key_removed': null,
  'client.revoked': null,
  'key.rotated': 'name',
  'ledger.key_rotated': 'newVkey',
  'ledger.origin_began': 'oldOrigin',
  'ledger.partitions_made': 'partitions',
  'ledger.pruned': 'archiveDigest',
  'ledger.schema_changed': 'object',
  'policy.activated': 'digest',
};

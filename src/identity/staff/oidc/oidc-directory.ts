import { Injectable } from '@nestjs/common';

import type { AuditEventDraft, Tx } from '../../../ledger/index.js';
import { IdSource, KeyStore } from '../../../platform/index.js';
import { Policies } from '../../../policy/index.js';
import { StaffDirectory, type StaffEntry } from '../staff-directory.js';
import { StaffCredentials } from '../staff-credentials.js';
import { staffInvited, staffRolesChanged } from '../staff.events.js';
import type { MappedPerson } from './claims.js';

/** Why somebody whom the provider knows may not come in. */
export type EntryFault = 'no_entry' | 'local_account' | 'disabled';

/** The entry of whoever signed in, brought up to date, with the events of that. */
export interface AdmittedPerson {
  readonly entry: StaffEntry;
  readonly events: readonly AuditEventDraft[];
}

/** Finds, links or makes the directory entry of somebody who signed in at the provider. */
@Injectable()
export class OidcDirectory {
  constructor(
    private readonly directory: StaffDirectory,
    private readonly credentials: StaffCredentials,
    private readonly keys: KeyStore,
    private readonly policies: Policies,
    private readonly ids: IdSource,
  ) {}

  async admit(tx: Tx, issuer: string, person: MappedPerson): Promise<AdmittedPerson | EntryFault> {
    const digest = this.keys.mac('blind-index', `staff-oidc/v1\n${issuer}\n${person.subject}`);
    const found = (await this.#linked(tx, digest)) ?? (await this.#link(tx, digest, person));
    if (typeof found === 'string') return found;
    const { entry, events } = found;
    if (entry.status === 'disabled' || this.#isUnused(entry, tx.now)) return 'disabled';
    return {
      entry: { ...entry, ...person.roles },
      events: [...events, ...(await this.#update(tx, entry, person))],
    };
  }

  async #linked(tx: Tx, digest: Buffer): Promise<AdmittedPerson | null> {
    const [row] = await tx.query<{ staff_id: string }>(
      'SELECT staff_id FROM staff_oidc_identities WHERE digest = $1',
      [digest],
    );
    const entry = row ? await this.directory.lock(tx, row.staff_id) : null;
    return entry ? { entry, events: [] } : null;
  }

  /** The first sign-in: by the address that the provider vouches for, or as a new entry. */
  async #link(tx: Tx, digest: Buffer, person: MappedPerson): Promise<AdmittedPerson | EntryFault> {
    const { email, roles } = person;
    if (email === null) return 'no_entry';
    const events: AuditEventDraft[] = [];
    if (this.policies.verification.staffOidc.directory === 'just-in-time') {
      const id = this.ids.random();
      if (await this.directory.add(tx, { id, email, ...roles })) {
        const detail = { roles: [...roles.roles], level: roles.level, link: 'none' as const };
        events.push(staffInvited({ resource: { kind: 'staff', id }, detail }));
      }
    }
    const entry = await this.directory.lockByEmail(tx, email);
    if (!entry) return 'no_entry';
    if (this.#isBreakGlass(entry)) return 'local_account';
    // One way in for one person: a password of ours would outlive their leaving the company.
    if (entry.hasPassword) await this.credentials.takeAway(tx, entry.id);
    const linked = await tx.query(
      `INSERT INTO staff_oidc_identities (digest, staff_id, created_at) VALUES ($1, $2, $3)
       ON CONFLICT DO NOTHING RETURNING staff_id`,
      [digest, entry.id, tx.now],
    );
    // Another subject of the provider holds this entry: an address that was given to somebody new.
    return linked.length === 1 ? { entry, events } : 'local_account';
  }

  /** The provider's groups are the directory: what they map to replaces what stood. */
  async #update(
    tx: Tx,
    before: StaffEntry,
    { roles }: MappedPerson,
  ): Promise<readonly AuditEventDraft[]> {
    await tx.query(
      'UPDATE staff SET last_used_at = $2, enrolled_at = coalesce(enrolled_at, $2) WHERE id = $1',
      [before.id, tx.now],
    );
    const isSame = before.level === roles.level && before.roles.join() === roles.roles.join();
    if (isSame) return [];
    await this.directory.setRoles(tx, before.id, roles);
    return [
      staffRolesChanged({
        resource: { kind: 'staff', id: before.id },
        detail: {
          before: { roles: [...before.roles], level: before.level },
          after: { roles: [...roles.roles], level: roles.level },
          by: 'provider',
        },
      }),
    ];
  }

  #isBreakGlass({ hasPassword, roles }: StaffEntry): boolean {
    const { breakGlassRoles } = this.policies.verification.staffOidc;
    return hasPassword && roles.some((role) => breakGlassRoles.includes(role));
  }

  #isUnused({ lastUsedAt }: StaffEntry, now: Date): boolean {
    const { unusedDaysMax } = this.policies.verification.staffSession;
    return now.getTime() - lastUsedAt.getTime() >= unusedDaysMax * 86_400_000;
  }
}

import { Injectable } from '@nestjs/common';

import type { Tx } from '../../../ledger/index.js';
import { Config, IdSource } from '../../../platform/index.js';
import { Policies } from '../../../policy/index.js';
import { StaffDirectory, type StaffEntry, type StaffRoles } from '../staff-directory.js';
import { StaffLinks } from '../staff-links.js';

/** An entry that waits for its holder; the token of the link, or null where they come by the provider. */
export interface Invitation {
  readonly entry: StaffEntry;
  readonly token: string | null;
}

/** Makes entries and the links by which their holders enrol. */
@Injectable()
export class StaffInvitations {
  constructor(
    private readonly directory: StaffDirectory,
    private readonly links: StaffLinks,
    private readonly ids: IdSource,
    private readonly policies: Policies,
    private readonly config: Config,
  ) {}

  /** Null where the address belongs to somebody who has enrolled or is disabled. */
  async invite(
    tx: Tx,
    { email, ...roles }: StaffRoles & { readonly email: string },
  ): Promise<Invitation | null> {
    await this.directory.add(tx, { id: this.ids.random(), email, ...roles });
    const found = await this.directory.lockByEmail(tx, email);
    if (found?.status !== 'invited') return null;
    await this.directory.setRoles(tx, found.id, roles);
    const entry = { ...found, ...roles };
    const token = this.#enrolsHere(roles)
      ? await this.links.issue(tx, 'enrolment', entry.id)
      : null;
    return { entry, token };
  }

  /** Where the company's provider signs staff in, only break-glass accounts have factors of ours. */
  #enrolsHere({ roles }: StaffRoles): boolean {
    const { breakGlassRoles } = this.policies.verification.staffOidc;
    return this.config.oidc === null || roles.some((role) => breakGlassRoles.includes(role));
  }
}

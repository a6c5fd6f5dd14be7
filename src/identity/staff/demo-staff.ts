import { randomUUID } from 'node:crypto';

import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { ScureBase32Plugin } from 'otplib';

import { Config, KeyStore, type Level } from '../../platform/index.js';
import { Policies } from '../../policy/index.js';
import { Passwords } from './passwords.js';
import { StaffAccounts } from './staff-accounts.js';

/** The people of the demo by the name before `@probity.example`. */
const demoPeople: readonly {
  readonly name: string;
  readonly role: string;
  readonly level: Level | null;
}[] = [
  { name: 'agent', role: 'agent', level: 'L1' },
  { name: 'fraud', role: 'fraud', level: 'L1' },
  { name: 'disputes', role: 'disputes', level: 'L1' },
  { name: 'lead', role: 'lead', level: 'L2' },
  { name: 'head', role: 'head', level: 'L3' },
  { name: 'exec', role: 'exec', level: 'L4' },
  { name: 'board1', role: 'board', level: 'board' },
  { name: 'board2', role: 'board', level: 'board' },
  { name: 'board3', role: 'board', level: 'board' },
  ...[
    'finance',
    'legal',
    'security',
    'compliance',
    'sar',
    'dpo',
    'auditor',
    'qa',
    'admin',
    'ops',
  ].map((name) => ({ name, role: name, level: null })),
];

/** A member of the demo's staff with what they would know and hold. */
export interface DemoStaffMember {
  readonly email: string;
  readonly password: string;
  readonly totpSecret: string;
  readonly roles: readonly string[];
  readonly level: Level | null;
}

const passwordBytes = 15;
const base32 = new ScureBase32Plugin();

/**
 * Makes the demo's staff at start where configuration asks for them. Their secrets are derived from
 * the key store, so that they differ for each data folder, outlive a restart, and are stored nowhere.
 */
@Injectable()
export class DemoStaff implements OnApplicationBootstrap {
  readonly #logger = new Logger('DemoStaff');

  constructor(
    private readonly config: Config,
    private readonly keys: KeyStore,
    private readonly policies: Policies,
    private readonly accounts: StaffAccounts,
    private readonly passwords: Passwords,
  ) {}

  /** @throws Error in production where the directory holds demo accounts. */
  async onApplicationBootstrap(): Promise<void> {
    if (this.config.demoAccounts) {
      await this.#addMissing();
    } else if (this.config.profile === 'production' && (await this.accounts.hasDemoAccounts())) {
      throw new Error('Production does not start with demo staff in its directory');
    }
  }

  list(): readonly DemoStaffMember[] {
    const { secretBytes } = this.policies.verification.totp;
    return demoPeople.map(({ name, role, level }) => {
      const email = `${name}@probity.example`;
      const derive = (use: string): Buffer =>
        this.keys.mac('blind-index', `demo-staff/${use}/v1\n${email}`);
      return {
        email,
        password: derive('password').subarray(0, passwordBytes).toString('base64url'),
        totpSecret: base32.encode(derive('totp').subarray(0, secretBytes)),
        roles: [role],
        level,
      };
    });
  }

  async #addMissing(): Promise<void> {
    const people = this.list();
    const missing = new Set(await this.accounts.missing(people.map(({ email }) => email)));
    const added = await Promise.all(
      people.filter(({ email }) => missing.has(email)).map((person) => this.#add(person)),
    );
    if (added.length > 0) this.#logger.log(`Added ${added.length} demo staff`);
  }

  async #add({ email, password, totpSecret, roles, level }: DemoStaffMember): Promise<boolean> {
    const passwordHash = await this.passwords.hash(password);
    const id = randomUUID();
    return this.accounts.add({ id, email, passwordHash, totpSecret, roles, level, demo: true });
  }
}

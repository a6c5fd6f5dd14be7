import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';

import { AuditedTransaction, committed, type Tx } from '../ledger/index.js';
import { IdSource, serviceActor } from '../platform/index.js';
import { Policies } from './policies.js';
import { policyActivated } from './policy.events.js';

interface Activation {
  readonly version: string;
  readonly digest: string;
}

/** Another process was first, or nothing has changed. */
class AlreadyActive extends Error {
  override readonly name = 'AlreadyActive';
}

/** Serializes activation across processes that start together. */
const lockNumber = 7_762_489_031;

/** Records at start that other policies hold than before. */
@Injectable()
export class PolicyActivation implements OnApplicationBootstrap {
  constructor(
    private readonly audited: AuditedTransaction,
    private readonly policies: Policies,
    private readonly ids: IdSource,
  ) {}

  onApplicationBootstrap(): Promise<void> {
    return this.activate();
  }

  /** Does nothing where these policies are the last activated ones. */
  async activate(): Promise<void> {
    const { version, digest } = this.policies;
    try {
      await this.audited.run(serviceActor('policy', this.ids.random()), async (tx) => {
        const previous = await lastActivation(tx);
        if (previous?.digest === digest) throw new AlreadyActive();
        await tx.query(
          `INSERT INTO policy_activations (version, digest, activated_at) VALUES ($1, $2, $3)`,
          [version, digest, tx.now],
        );
        return committed({ version, digest }, activated(this.policies, previous));
      });
    } catch (error) {
      if (!(error instanceof AlreadyActive)) throw error;
    }
  }
}

async function lastActivation(tx: Tx): Promise<Activation | undefined> {
  await tx.query('SELECT pg_advisory_xact_lock($1)', [lockNumber]);
  const [last] = await tx.query<Activation>(
    'SELECT version, digest FROM policy_activations ORDER BY seq DESC LIMIT 1',
  );
  return last;
}

function activated(
  { version, digest }: Policies,
  previous: Activation | undefined,
): ReturnType<typeof policyActivated> {
  return policyActivated({
    resource: { kind: 'policy', id: digest },
    detail: {
      version,
      digest,
      previousVersion: previous?.version ?? null,
      previousDigest: previous?.digest ?? null,
    },
  });
}

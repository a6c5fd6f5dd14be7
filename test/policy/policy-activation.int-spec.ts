import { PolicyActivation } from '../../src/policy/policy-activation.js';
import { findPoliciesDirectory, loadPolicies, Policies } from '../../src/policy/index.js';
import { SystemIdSource } from '../../src/platform/index.js';
import { type LedgerFixture, openLedger } from '../ledger/ledger-fixture.js';

const loaded = loadPolicies(findPoliciesDirectory());
const first = new Policies(loaded);
const second = new Policies({ ...loaded, digest: 'ab'.repeat(32) });

describe('PolicyActivation', () => {
  let ledger: LedgerFixture;

  beforeAll(async () => {
    ledger = await openLedger();
  });
  afterAll(() => ledger.close());

  const activate = (policies: Policies): Promise<void> =>
    new PolicyActivation(ledger.audited, policies, new SystemIdSource()).activate();
  const events = async (): Promise<{ digest: string; previousDigest: string | null }[]> => {
    const rows = await ledger.database.query<{
      detail: { digest: string; previousDigest: string };
    }>(
      `SELECT event::jsonb -> 'detail' AS detail FROM audit_events
       WHERE type = 'policy.activated' ORDER BY id`,
    );
    return rows.map(({ detail }) => detail);
  };

  it('reports a change once, however many processes start together', async () => {
    await Promise.all(Array.from({ length: 8 }, () => activate(first)));
    expect(await events()).toMatchObject([{ digest: first.digest, previousDigest: null }]);
  });

  it('reports nothing where nothing changed, and the way back like any change', async () => {
    await activate(first);
    await activate(second);
    await activate(first);
    expect((await events()).slice(1)).toMatchObject([
      { digest: second.digest, previousDigest: first.digest },
      { digest: first.digest, previousDigest: second.digest },
    ]);
  });

  it.each(['app', 'owner', 'superuser'] as const)(
    'keeps its rows from the %s role',
    async (role) => {
      for (const statement of [
        `UPDATE policy_activations SET version = 'x'`,
        'DELETE FROM policy_activations',
        'TRUNCATE policy_activations',
      ]) {
        await expect(ledger.database.query(statement, [], role)).rejects.toMatchObject({
          code: '42501',
        });
      }
    },
  );
});

import { LedgerAlerts } from '../../../src/ledger/index.js';
import { installSchemaWatch } from '../../../src/platform/index.js';
import { Probity } from '../../support/app.js';

/** The whole service, and beside it an administrator of the database who edits rows. */
describe('the watch over the ledger', () => {
  let bank: Probity;
  const alerts: string[] = [];

  beforeAll(async () => {
    bank = await Probity.open();
    bank.app.get(LedgerAlerts).listen(({ type }) => {
      alerts.push(type);
      return Promise.resolve();
    });
  });
  afterAll(() => bank.close());

  const readiness = async () => (await bank.get('/health/ready')).body as { degraded: string[] };
  const metric = async (name: string): Promise<number> => {
    const { text } = await bank.get('/metrics');
    return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
  };
  const outboxOf = async (destination: string) =>
    (await bank.get(`/dev/outbox?destination=${destination}`)).body.items as { text: string }[];
  const withoutGuard = (statement: string) =>
    bank.database.query(`
      BEGIN;
      ${everyPartition('DISABLE')}
      ${statement};
      ${everyPartition('ENABLE ALWAYS')}
      COMMIT`);

  it('finds an edited row, tells it once, and is well again after a round without it', async () => {
    const [first] = await bank.eventually(async () => {
      const rows = await bank.database.query<{ event_id: string }>(
        'SELECT event_id FROM audit_entries WHERE leaf_index = 0',
      );
      return rows.length === 1 ? rows : null;
    });
    expect(await readiness()).toEqual({ status: 'ready', failing: [], degraded: [] });
    expect(await metric('ledger_faults_open')).toBe(0);

    const id = first!.event_id;
    await withoutGuard(`UPDATE audit_events SET outcome = 'failed' WHERE id = '${id}'`);
    const [found] = await bank.eventually(async () => {
      const events = await bank.events('ledger.fault_detected');
      return events.length > 0 ? events : null;
    });
    expect(found!.detail).toEqual({
      kind: 'columns_changed',
      leafIndex: 0,
      eventId: id,
      object: null,
    });
    const { status } = await bank.get('/health/ready');
    expect(status).toBe(200);
    expect(await readiness()).toEqual({
      status: 'ready',
      failing: [],
      degraded: ['ledger-integrity'],
    });
    expect(await metric('ledger_faults_open')).toBe(1);
    expect(alerts).toEqual(['ledger.fault_detected']);
    for (const team of ['security', 'compliance']) {
      const messages = await bank.eventually(async () => {
        const items = await outboxOf(`${team}@probity.example`);
        return items.length > 0 ? items : null;
      });
      expect(messages.map(({ text }) => text)).toEqual([
        expect.stringContaining(
          `ledger.fault_detected: kind columns_changed, leafIndex 0, eventId ${id}.`,
        ),
      ]);
    }

    await withoutGuard(`UPDATE audit_events SET outcome = 'success' WHERE id = '${id}'`);
    await bank.eventually(async () => (await readiness()).degraded.length === 0);
    expect(await bank.events('ledger.fault_detected')).toHaveLength(1);
    expect(await bank.events('ledger.fault_cleared')).toHaveLength(1);
    expect(await outboxOf('security@probity.example')).toHaveLength(1);
  });

  it('finds a trigger that was switched off', async () => {
    await bank.database.query('ALTER TABLE audit_tiles DISABLE TRIGGER refuse_change');
    await bank.eventually(async () => (await readiness()).degraded.length === 1);
    const events = await bank.events('ledger.fault_detected');
    expect(events.map(({ detail }) => detail)).toContainEqual(
      expect.objectContaining({
        kind: 'guard_changed',
        object: expect.stringMatching(/^audit_tiles: missing: trigger/),
      }),
    );
    await bank.database.query('ALTER TABLE audit_tiles ENABLE ALWAYS TRIGGER refuse_change');
    await bank.eventually(async () => (await readiness()).degraded.length === 0);
  });

  it('finds a cosignature of a checkpoint that never was', async () => {
    await bank.database.query(
      `INSERT INTO audit_cosignatures (tree_size, witness, key_id, line, received_at)
       SELECT min(size), 'witness.example/w1', '\\x00000000', 'nothing', now()
       FROM generate_series(1, (SELECT max(tree_size) FROM audit_checkpoints)) AS size
       WHERE size NOT IN (SELECT tree_size FROM audit_checkpoints)`,
    );
    await bank.eventually(async () => (await readiness()).degraded.length === 1);
    const events = await bank.events('ledger.fault_detected');
    expect(events.map(({ detail }) => detail['kind'])).toContain('cosignature_forged');
    await bank.database.query(`
      BEGIN;
      ALTER TABLE audit_cosignatures DISABLE TRIGGER refuse_change;
      DELETE FROM audit_cosignatures;
      ALTER TABLE audit_cosignatures ENABLE ALWAYS TRIGGER refuse_change;
      COMMIT`);
    await bank.eventually(async () => (await readiness()).degraded.length === 0);
  });

  it('remembers an open fault over a restart', async () => {
    await bank.database.query('GRANT DELETE ON audit_pending TO probity_app');
    // Two faults: the grants that are missing, and those that are new.
    const found = async () =>
      (await bank.events('ledger.fault_detected')).filter(({ detail }) =>
        String(detail['object']).startsWith('audit_pending: '),
      );
    await bank.eventually(async () => (await found()).length === 2);
    await bank.restart();
    await bank.eventually(async () => (await readiness()).degraded.length === 1);
    expect(await found()).toHaveLength(2);
    await bank.database.query('REVOKE DELETE ON audit_pending FROM probity_app');
  });

  it('tells of a trigger that was off for a moment only, where the database writes down such things', async () => {
    await installSchemaWatch(bank.database.urls.superuser);
    await bank.database.query(`
      BEGIN;
      ALTER TABLE audit_tiles DISABLE TRIGGER refuse_change;
      ALTER TABLE audit_tiles ENABLE ALWAYS TRIGGER refuse_change;
      COMMIT`);
    const told = await bank.eventually(async () => {
      const events = await bank.events('ledger.schema_changed');
      return events.length >= 2 ? events : null;
    });
    const change = { command: 'ALTER TABLE', object: 'public.audit_tiles' };
    expect(told.map(({ detail }) => detail)).toMatchObject([change, change]);
  });
});

/** Of the parents and of each partition, for the months and ranges that stand. */
function everyPartition(state: string): string {
  return `DO $$ DECLARE part regclass; BEGIN
    FOR part IN SELECT relid FROM pg_partition_tree('audit_events') LOOP
      EXECUTE format('ALTER TABLE %s ${state} TRIGGER refuse_change', part);
    END LOOP; END $$;`;
}

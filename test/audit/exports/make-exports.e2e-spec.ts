import { createHash } from 'node:crypto';

import { ExportImpossible } from '../../../src/audit/exports/bundle-contents.js';
import { BundleMaker, type MadeBundle } from '../../../src/audit/exports/bundle-maker.js';
import { JobQueue } from '../../../src/platform/index.js';
import { Probity } from '../../support/app.js';

const minute = 60_000;

describe('the making of an export', () => {
  let probity: Probity;
  let auditor: string;
  let period: { from: string; to: string };
  let keys = 0;

  beforeAll(async () => {
    probity = await Probity.open();
    auditor = await probity.staff('auditor');
    const now = Date.now();
    period = {
      from: new Date(now - minute).toISOString(),
      to: new Date(now - minute / 2).toISOString(),
    };
  });
  afterAll(() => probity.close());

  async function request(): Promise<string> {
    const headers = { 'idempotency-key': `export-${(keys += 1)}` };
    const call = { token: auditor, body: { period }, headers };
    const { status, body } = await probity.call('POST', '/v1/ledger/exports', call);
    expect(status).toBe(202);
    return body.id as string;
  }

  const conclusion = (id: string): Promise<string> =>
    probity.eventually(async () => {
      const { body } = await probity.get(`/v1/ledger/exports/${id}`, auditor);
      return body.state === 'preparing' ? null : (body.state as string);
    });

  /** Changes the export's row between the making of the bundle and its conclusion. */
  async function interrupted(change: string, end: (made: MadeBundle) => Promise<MadeBundle>) {
    const maker = probity.app.get(BundleMaker);
    const make = maker.make.bind(maker);
    const over = new Promise<void>((resolve) => {
      maker.make = async (order) => {
        maker.make = make;
        const made = await make(order);
        await probity.database.query(change, [order.exportId]);
        return end(made).finally(resolve);
      };
    });
    const id = await request();
    await over;
    // What comes of the one that was overtaken has come by then: they are made one after the other.
    await conclusion(await request());
    return { id, state: await conclusion(id), events: await eventsAbout(id) };
  }

  async function eventsAbout(id: string): Promise<string[]> {
    const rows = await probity.database.query<{ type: string }>(
      `SELECT type FROM audit_events WHERE event::jsonb -> 'resource' ->> 'id' = $1
         AND type ~ '^ledger[.]export_(made|failed|expired)$' ORDER BY type`,
      [id],
    );
    return rows.map(({ type }) => type);
  }

  it.each([
    ['has come to its end', (made: MadeBundle) => Promise.resolve(made)],
    ['fails for good', () => Promise.reject(new ExportImpossible('too_many_events'))],
  ])('is concluded by whoever holds it, not by one that was overtaken and %s', async (_, end) => {
    const { id, state, events } = await interrupted(
      'UPDATE ledger_exports SET attempt = attempt + 1, working_at = NULL WHERE id = $1',
      end,
    );
    expect([state, events]).toEqual(['ready', ['ledger.export_made']]);

    const response = await fetch(`${probity.url}/v1/ledger/exports/${id}/bundle`, {
      headers: { authorization: `Bearer ${auditor}` },
    });
    const bundle = Buffer.from(await response.arrayBuffer());
    const [row] = await probity.database.query<{ digest: Buffer }>(
      'SELECT digest FROM ledger_exports WHERE id = $1',
      [id],
    );
    expect(createHash('sha256').update(bundle).digest()).toEqual(row!.digest);
  });

  it('makes nothing ready whose time was over before', async () => {
    const { state, events } = await interrupted(
      `UPDATE ledger_exports SET expires_at = timestamptz 'epoch' WHERE id = $1`,
      async (made) => {
        await probity.app.get(JobQueue).runDue();
        return made;
      },
    );
    expect([state, events]).toEqual(['expired', ['ledger.export_expired']]);
  });
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { jane, Probity } from '../support/app.js';

const day = 86_400_000;

describe('The compliance officer', () => {
  let probity: Probity;
  let officer: string;

  beforeAll(async () => {
    probity = await Probity.open();
    await probity.verified(jane);
    await probity.say(await probity.startChat(), "I see a $500 charge I didn't make!");
    officer = await probity.staff('compliance');
  });
  afterAll(() => probity.close());

  it('lists the events of the dialogue in order, each with its place in the log', async () => {
    const disclosed = await probity.eventually(async () => {
      const { status, body } = await probity.get(
        '/v1/ledger/events?type=account.balance_disclosed',
        officer,
      );
      expect(status).toBe(200);
      return body.items[0]?.leafIndex === null ? null : body.items;
    });
    expect(disclosed).toHaveLength(1);
    expect(disclosed[0]).toMatchObject({
      type: 'account.balance_disclosed',
      leafIndex: expect.any(Number),
      eventHash: expect.any(String),
    });
    const prefix = await probity.get('/v1/ledger/events?type=verification.', officer);
    expect(new Set(prefix.body.items.map(({ type }: { type: string }) => type))).toEqual(
      new Set([
        'verification.challenge_created',
        'verification.challenge_sent',
        'verification.verified',
      ]),
    );
    expect((await probity.events('ledger.events_listed')).length).toBeGreaterThan(1);
  });

  it('fetches a report whose figures are those of the events', async () => {
    const before = await probity.events();
    const requested = await probity.post(
      '/v1/compliance/reports',
      {
        standards: ['PCI-DSS', 'SOC2', 'GDPR'],
        period: {
          from: new Date(Date.now() - day).toISOString(),
          to: new Date(Date.now() + day).toISOString(),
        },
        formats: ['json', 'csv'],
      },
      officer,
    );
    expect(requested.status).toBe(202);
    expect(requested.body).toMatchObject({ state: 'computing' });
    const path = `/v1/compliance/reports/${requested.body.id as string}`;
    await probity.eventually(async () => (await probity.get(path, officer)).body.state === 'draft');

    const json = await probity.get(`${path}/files/json`, officer);
    const { figures, sections, log } = json.body;
    for (const type of ['account.balance_disclosed', 'verification.verified', 'fraud.reported']) {
      expect(figures.byType[type]).toBe(before.filter((event) => event.type === type).length);
    }
    expect(figures.events).toBeLessThanOrEqual(log.treeSize);
    expect(sections.map(({ standard }: { standard: string }) => standard)).toEqual([
      'PCI-DSS',
      'SOC2',
      'GDPR',
    ]);
    for (const section of sections) {
      expect(section.checks.length).toBeGreaterThanOrEqual(3);
      expect(section.checks.filter(({ status }: { status: string }) => status === 'fail')).toEqual(
        [],
      );
      expect(section.checks.some(({ status }: { status: string }) => status === 'pass')).toBe(true);
    }
    const checks = sections.flatMap((section: { checks: object[] }) => section.checks);
    for (const id of [
      ...['pci-10.2.1.1', 'pci-10.2.1.3', 'pci-10.2.1.4', 'pci-10.2.1.6', 'pci-10.2.1.7'],
      ...['pci-10.2.2', 'pci-10.3.1', 'pci-10.3.4', 'pci-10.5.1', 'pci-8.4.2', 'pci-8.3.4'],
      ...['soc2-cc6.1', 'soc2-cc7.3', 'gdpr-15.access'],
    ]) {
      expect(checks).toContainEqual(
        expect.objectContaining({ id, status: 'pass', population: expect.any(Number) }),
      );
    }
    const csv = await probity.get(`${path}/files/csv`, officer);
    expect(csv.headers.get('content-type')).toContain('text/csv');
    expect(csv.text).toContain(`events,account.balance_disclosed,,,,1,`);
  });

  it('refuses a file before it is ready and a format that was not asked for', async () => {
    const period = { from: '2026-01-01T00:00:00Z', to: '2026-02-01T00:00:00Z' };
    const requested = await probity.post(
      '/v1/compliance/reports',
      { standards: ['GDPR'], period, formats: ['json'] },
      officer,
    );
    const path = `/v1/compliance/reports/${requested.body.id as string}/files`;
    expect((await probity.get(`${path}/csv`, officer)).body.code).toBe('report.format_unavailable');
    expect(
      (
        await probity.post(
          '/v1/compliance/reports',
          { standards: ['GDPR'], period, formats: ['pdf'] },
          officer,
        )
      ).body.code,
    ).toBe('report.format_unavailable');
  });

  it('is alone with these routes: agents and customers are refused, and the refusal is an event', async () => {
    const agent = await probity.staff('agent');
    const customer = await probity.signIn(jane);
    const report = { standards: ['GDPR'], period: '2026-Q3', formats: ['json'] };
    expect((await probity.get('/v1/ledger/events', agent)).status).toBe(403);
    expect((await probity.get('/v1/ledger/events', customer)).status).toBe(403);
    expect((await probity.post('/v1/compliance/reports', report, agent)).status).toBe(403);
    expect((await probity.post('/v1/compliance/reports', report, customer)).status).toBe(403);
    const refusals = (await probity.events()).filter(
      ({ outcome, code }) => outcome === 'refused' && code === 'authority.denied',
    );
    expect(refusals.map(({ actor }) => actor.kind).sort()).toEqual([
      'customer',
      'customer',
      'staff',
      'staff',
    ]);
  });
});

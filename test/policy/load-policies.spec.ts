import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import {
  findPoliciesDirectory,
  loadPolicies,
  Policies,
  type PolicyFault,
  type PolicyFileName,
  PolicyInvalid,
  policyJsonSchemas,
  readPolicies,
} from '../../src/policy/index.js';

const directory = findPoliciesDirectory();
const textOf = (name: PolicyFileName): string =>
  readFileSync(join(directory, `${name}.yaml`), 'utf8');

/** The faults of the policies with one file changed. */
function faultsAfter(
  changed: PolicyFileName,
  change: (text: string) => string,
): readonly PolicyFault[] {
  try {
    readPolicies((name) => (name === changed ? change(textOf(name)) : textOf(name)));
  } catch (error) {
    if (error instanceof PolicyInvalid) return error.faults;
    throw error;
  }
  return [];
}

const lineOf = (text: string, part: string): number =>
  text.slice(0, text.indexOf(part)).split('\n').length;

describe('loadPolicies', () => {
  it('loads what is shipped, frozen to the leaf', () => {
    const policies = new Policies(loadPolicies(directory));
    expect(policies.version).toMatch(/^probity-fintech@/);
    expect(policies.digest).toMatch(/^[0-9a-f]{64}$/);
    expect(policies.verification.attempts).toMatchObject({ max: 5, windowSeconds: 900 });
    expect(Object.isFrozen(policies.verification.sending.limits[0])).toBe(true);
  });

  it('names the same policies alike, and others otherwise', () => {
    const shipped = loadPolicies(directory).digest;
    const spaced = readPolicies((name) => `\n# a comment changes nothing\n${textOf(name)}`).digest;
    const changed = readPolicies((name) =>
      name === 'fraud'
        ? textOf(name).replace('withinSeconds: 900', 'withinSeconds: 901')
        : textOf(name),
    ).digest;
    expect(spaced).toBe(shipped);
    expect(changed).not.toBe(shipped);
  });

  it('names file, line and path of an unknown key', () => {
    const text = textOf('verification').replace(
      '  lifeSeconds: 300',
      '  lifeSeconds: 300\n  lifeMinutes: 5',
    );
    expect(faultsAfter('verification', () => text)).toEqual([
      {
        file: 'policies/verification.yaml',
        line: lineOf(text, '  lifeMinutes'),
        path: 'code.lifeMinutes',
        message: expect.stringContaining('lifeMinutes'),
      },
    ]);
  });

  it('tells all faults of all files at once', () => {
    try {
      readPolicies((name) => {
        if (name === 'fraud') return textOf(name).replace('priority: critical', 'priority: urgent');
        if (name === 'retention') return textOf(name).replace('years: 5', 'years: 4');
        return textOf(name);
      });
      throw new Error('Loaded');
    } catch (error) {
      const { message } = error as Error;
      expect(message).toContain('policies/fraud.yaml:');
      expect(message).toContain('notice.priority');
      expect(message).toContain('policies/retention.yaml:');
      expect(message).toContain('Shorter than the law asks for');
    }
  });

  it('refuses security questions, and says why', () => {
    const [fault] = faultsAfter('assurance', (text) =>
      text.replace('methods: [sms, totp, passkey, push]', 'methods: [sms, security-questions]'),
    );
    expect(fault?.message).toContain('ASVS 5.0.0 6.4.2');
    expect(fault?.path).toMatch(/^requirements\[\d\]\.methods\[1\]$/);
  });

  it('refuses e-mail as a way to aal2', () => {
    const [fault] = faultsAfter('assurance', (text) =>
      text.replace(/(method: email[\s\S]*?raisesTo: )aal1/, '$1aal2'),
    );
    expect(fault?.message).toContain('E-mail reaches aal1 at most');
  });

  it.each([
    ['a life of a code beyond ten minutes', 'verification', 'lifeSeconds: 300', 'lifeSeconds: 601'],
    ['five digits', 'verification', 'digits: 6', 'digits: 5'],
    ['more than 100 failures', 'verification', 'failuresMax: 100', 'failuresMax: 101'],
    [
      'a role that does not exist',
      'authority',
      'who: [compliance, auditor]',
      'who: [compliance, wizard]',
    ],
    ['a purpose that does not exist', 'authority', 'allowed: [statement]', 'allowed: [curiosity]'],
    ['a requirement that does not exist', 'authority', 'customer: account-data', 'customer: trust'],
    [
      'an action that stands twice',
      'authority',
      'action: account.list\n',
      'action: account.read-balance\n',
    ],
    ['a grant against a separation', 'authority', 'who: [compliance]', 'who: [auditor]'],
    ['a ladder that leaves amounts undecided', 'authority', 'upTo: null', "upTo: '200000.00'"],
    [
      'a ladder that does not ascend',
      'authority',
      "level: L2, upTo: '25000.00'",
      "level: L2, upTo: '4000.00'",
    ],
    ['an amount as a number', 'authority', "upTo: '25000.00'", 'upTo: 25000.00'],
    [
      'one person who approves twice',
      'templates',
      'legal@probity.example',
      'compliance@probity.example',
    ],
    [
      'a place that the text lacks',
      'templates',
      'places: [destination]',
      'places: [destination, phone]',
    ],
    [
      'a disclaimer that does not exist',
      'intents',
      'disclaimerIds: [general]',
      'disclaimerIds: [none]',
    ],
    ['a rule without its citation', 'disputes', /\n *citation: .*/, ''],
    ['a date that is none', 'disputes', /effectiveFrom: .*/, 'effectiveFrom: "2026-02-30"'],
    ['a calendar that does not exist', 'calendars', 'calendar: germany', 'calendar: atlantis'],
    ['a time zone that does not exist', 'calendars', 'Europe/Berlin', 'Europe/Atlantis'],
    ['a key that stands twice', 'fraud', 'queue: fraud', 'queue: fraud\n  queue: fraud'],
    ['text that is no YAML', 'fraud', 'notice:', 'notice: ['],
  ] as const)('refuses %s', (...[, file, found, put]) => {
    expect(textOf(file)).toMatch(found);
    const faults = faultsAfter(file, (text) => text.replace(found, put));
    expect(faults.length).toBeGreaterThan(0);
    expect(faults.every(({ line }) => line >= 1)).toBe(true);
  });

  it('names a file that is missing', () => {
    expect(() => loadPolicies(join(directory, 'tests'))).toThrow('The file is missing');
  });
});

describe('policyJsonSchemas', () => {
  it('stand in policies/schema as they are generated', () => {
    for (const [name, schema] of policyJsonSchemas()) {
      const text = readFileSync(join(directory, 'schema', name), 'utf8');
      expect(JSON.parse(text)).toEqual(schema);
    }
  });
});

describe('Policies', () => {
  const policies = new Policies(loadPolicies(directory));

  it('keeps the ledger seven years, from a leap day too', () => {
    expect(policies.expiresAt('ledger', new Date('2024-10-27T08:00:00Z')).toISOString()).toBe(
      '2031-10-27T08:00:00.000Z',
    );
    expect(policies.expiresAt('ledger', new Date('2024-02-29T08:00:00Z')).toISOString()).toBe(
      '2031-02-28T08:00:00.000Z',
    );
    expect(policies.expiresAt('verification', new Date('2026-01-01T00:00:00Z')).toISOString()).toBe(
      '2026-04-01T00:00:00.000Z',
    );
    expect(() => policies.expiresAt('nothing', new Date())).toThrow('No retention class nothing');
  });

  it('says in the fraud reply what must be said, and no phone to a guest', () => {
    const session = policies.template('fraud-reported-session').text;
    for (const part of [
      'temporarily locked',
      'within 15 minutes',
      '{phone}',
      'PIN or password',
      '{number}',
    ]) {
      expect(session).toContain(part);
    }
    const guest = policies.template('fraud-reported-guest').text;
    expect(guest).toContain('f the details match a card of ours, it is blocked now');
    expect(guest).not.toContain('{phone}');
    expect(() => policies.template('made-up')).toThrow('No template made-up');
  });
});

import { inspect } from 'node:util';

import { ConfigError, isLoopback, loadConfig } from '../../src/platform/config.js';

const masterKey = Buffer.alloc(32, 7).toString('base64');
const external = {
  DATABASE_URL: 'postgres://probity_app:pw-app@db:5432/probity',
  DATABASE_SEALER_URL: 'postgres://probity_sealer:pw-sealer@db:5432/probity',
  DATABASE_READER_URL: 'postgres://probity_reader:pw-reader@db:5432/probity',
  BANK_DATABASE_URL: 'postgres://probity_bank:pw-bank@db:5432/probity_bank',
};
const production = {
  ...external,
  PROBITY_PROFILE: 'production',
  PROBITY_MASTER_KEY: masterKey,
  PROBITY_ALLOW_SANDBOX_BANK: 'true',
  SMTP_URL: 'smtp://mail.example:587',
  SMTP_FROM: 'support@bank.example',
};

function faultsOf(variables: Record<string, string>): readonly string[] {
  try {
    loadConfig(variables);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
}

describe('loadConfig', () => {
  it('binds codes and teams to the domain of the issuer, or to domains of their own', () => {
    expect(loadConfig({ PROBITY_ISSUER: 'https://api.bank.example:8443' })).toMatchObject({
      codeDomain: 'api.bank.example',
      teamDomain: 'api.bank.example',
    });
    const own = { PROBITY_CODE_DOMAIN: 'bank.example', PROBITY_TEAM_DOMAIN: 'staff.bank.example' };
    expect(loadConfig(own)).toMatchObject({
      codeDomain: 'bank.example',
      teamDomain: 'staff.bank.example',
    });
    for (const wrong of ['https://bank.example', 'Bank.example', 'bank', 'a@bank.example', '-.x'])
      expect(faultsOf({ PROBITY_CODE_DOMAIN: wrong })).toHaveLength(1);
  });

  it('needs nothing in development', () => {
    expect(loadConfig({})).toMatchObject({
      profile: 'development',
      host: '127.0.0.1',
      port: 3000,
      externalDatabase: null,
      devRoutes: true,
      demoAccounts: true,
      simulation: false,
      trustedProxies: [],
    });
  });

  it('takes an empty variable for an absent one', () => {
    expect(loadConfig({ PORT: '', PROBITY_PROFILE: '', DATABASE_URL: '' })).toEqual(loadConfig({}));
  });

  it('lists every fault at once, those between settings too', () => {
    const faults = faultsOf({
      PORT: '70000',
      PROBITY_PROFILE: 'production',
      PROBITY_SIMULATION: 'yes',
      LOG_LEVEL: 'loud',
      PROBITY_TRUSTED_PROXIES: '10.0.0.0/8, 10.0.0.0/99',
      DATABASE_URL: 'mysql://root:secret-word@db/probity',
    });
    for (const name of [
      'PORT must be a whole number from 0 to 65535',
      'PROBITY_SIMULATION must be true or false',
      'LOG_LEVEL must be',
      'PROBITY_TRUSTED_PROXIES must be addresses or networks',
      'DATABASE_URL must be an address',
      'PROBITY_MASTER_KEY is missing',
      'PROBITY_ALLOW_SANDBOX_BANK',
    ]) {
      expect(faults).toContainEqual(expect.stringContaining(name));
    }
  });

  it('repeats no value in a fault', () => {
    const text = faultsOf({
      DATABASE_URL: 'mysql://root:secret-word@db/probity',
      PROBITY_MASTER_KEY: 'secret-word',
      LOG_LEVEL: 'secret-word',
    }).join('\n');
    expect(text).not.toContain('secret-word');
  });

  it('shows no secret when it is printed', () => {
    const config = loadConfig({ ...production, SMTP_URL: 'smtp://user:pw-smtp@mail:25' });
    for (const text of [inspect(config, { depth: 9 }), JSON.stringify(config)]) {
      expect(text).not.toMatch(/pw-|BwcHBwc/);
      expect(text).toContain('[secret]');
    }
    expect(config.externalDatabase?.app.reveal()).toBe(external.DATABASE_URL);
  });

  it('starts production with everything it needs', () => {
    expect(loadConfig(production)).toMatchObject({
      profile: 'production',
      devRoutes: false,
      demoAccounts: false,
    });
  });

  it.each([
    ['demo accounts', { PROBITY_DEMO_ACCOUNTS: 'true' }, 'PROBITY_DEMO_ACCOUNTS'],
    ['a development key', { PROBITY_MASTER_KEY: '' }, 'PROBITY_MASTER_KEY'],
    ['the sandbox bank', { PROBITY_ALLOW_SANDBOX_BANK: '' }, 'PROBITY_ALLOW_SANDBOX_BANK'],
    ['the dev routes', { PROBITY_DEV_ROUTES: 'true' }, 'PROBITY_DEV_ROUTES'],
    ['the simulated clock', { PROBITY_SIMULATION: 'true' }, 'PROBITY_SIMULATION'],
  ])('refuses production with %s', (_, variables, name) => {
    expect(faultsOf({ ...production, ...variables })).toEqual([expect.stringContaining(name)]);
  });

  it('refuses production on the embedded database', () => {
    const ours = Object.entries(production).filter(([name]) => !(name in external));
    const faults = faultsOf(Object.fromEntries(ours));
    expect(faults).toEqual([expect.stringContaining('DATABASE_URL is missing')]);
  });

  describe('delivery', () => {
    const sms = {
      SMS_API_URL: 'https://api.carrier.example/2010-04-01/',
      SMS_ACCOUNT: 'AC1',
      SMS_AUTH_TOKEN: 'pw-sms',
      SMS_FROM: '+14155550100',
    };

    it('takes carriers from the environment, secrets kept', () => {
      const { delivery } = loadConfig({ ...production, ...sms, PUBLIC_URL: 'https://p.example/' });
      expect(delivery).toMatchObject({
        mail: { from: 'support@bank.example', allowsPlaintext: false },
        sms: { apiUrl: 'https://api.carrier.example/2010-04-01', account: 'AC1' },
        publicUrl: 'https://p.example',
      });
      expect(inspect(delivery, { depth: 9 })).not.toContain('pw-sms');
    });

    it('runs in production without a mail server, and then sends no mail', () => {
      const { SMTP_URL: _url, SMTP_FROM: _from, ...rest } = production;
      expect(loadConfig(rest).delivery.mail).toBeNull();
    });

    it('refuses a mail server without a mailbox of one’s own in production', () => {
      const { SMTP_FROM: _from, ...rest } = production;
      expect(faultsOf(rest)).toEqual([expect.stringContaining('SMTP_FROM is missing')]);
      expect(loadConfig({ SMTP_URL: 'smtp://mail' }).delivery.mail?.from).toContain('example');
    });

    it.each(Object.keys(sms))('refuses text messages without %s, and names it', (name) => {
      const rest = Object.fromEntries(Object.entries(sms).filter(([other]) => other !== name));
      expect(faultsOf({ ...production, ...rest })).toEqual([
        expect.stringContaining(`${name} is missing`),
      ]);
    });

    it.each([
      [{ SMTP_URL: 'smtp://mail', SMTP_FROM: 'a@b.example, c@d.example' }, 'SMTP_FROM must be one'],
      [{ SMTP_URL: 'http://mail', SMTP_FROM: 'a@b.example' }, 'SMTP_URL must be an address'],
      [{ ...sms, SMS_ACCOUNT: 'AC1/../AC2' }, 'SMS_ACCOUNT must be letters'],
      [{ ...sms, SMS_FROM: 'a\r\nb' }, 'SMS_FROM must be a number'],
    ])('refuses %j', (variables, fault) => {
      expect(faultsOf(variables)).toContainEqual(expect.stringContaining(fault));
    });

    it('speaks no clear HTTP in production, with carriers or with the world', () => {
      const clear = { ...sms, SMS_API_URL: 'http://carrier', PUBLIC_URL: 'http://p.example' };
      expect(faultsOf({ ...production, ...clear })).toEqual([
        'SMS_API_URL must begin with https:// in production',
        'PUBLIC_URL must begin with https:// in production',
      ]);
    });

    it('speaks to a mail server in the clear in development, and in production when told to', () => {
      const mail = { SMTP_URL: 'smtp://mail', SMTP_FROM: 'a@b.example' };
      const allows = (variables: Record<string, string>): boolean | undefined =>
        loadConfig(variables).delivery.mail?.allowsPlaintext;
      expect(allows(mail)).toBe(true);
      expect(allows(production)).toBe(false);
      expect(allows({ ...production, SMTP_ALLOW_PLAINTEXT: 'true' })).toBe(true);
    });
  });

  it.each(['0.0.0.0', '::', '192.168.1.10', 'example.com'])(
    'has no dev routes on %s, and refuses to be asked for them',
    (HOST) => {
      expect(loadConfig({ HOST }).devRoutes).toBe(false);
      expect(faultsOf({ HOST, PROBITY_DEV_ROUTES: 'true' })).toEqual([
        expect.stringContaining('loopback'),
      ]);
    },
  );

  it('names the addresses that are missing beside DATABASE_URL, and those that stand alone', () => {
    expect(faultsOf({ DATABASE_URL: external.DATABASE_URL })).toEqual([
      expect.stringContaining('DATABASE_SEALER_URL is missing'),
      expect.stringContaining('DATABASE_READER_URL is missing'),
      expect.stringContaining('BANK_DATABASE_URL is missing'),
    ]);
    expect(faultsOf({ DATABASE_OWNER_URL: external.DATABASE_URL })).toEqual([
      'DATABASE_OWNER_URL stands without DATABASE_URL',
    ]);
  });

  it.each(['short', Buffer.alloc(31).toString('base64'), Buffer.alloc(33).toString('base64')])(
    'refuses a master key that is not 32 bytes: %s',
    (PROBITY_MASTER_KEY) => {
      expect(faultsOf({ PROBITY_MASTER_KEY })).toContain(
        'PROBITY_MASTER_KEY must be 32 bytes in base64',
      );
    },
  );
});

describe('isLoopback', () => {
  it.each([
    ['127.0.0.1', true],
    ['127.8.9.1', true],
    ['::1', true],
    ['localhost', true],
    ['0.0.0.0', false],
    ['::', false],
    ['127.0.0.1.example.com', false],
    ['10.0.0.1', false],
  ])('says of %s: %s', (host, expected) => {
    expect(isLoopback(host)).toBe(expected);
  });
});

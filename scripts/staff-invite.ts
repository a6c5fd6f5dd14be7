import { parseArgs } from 'node:util';

import { NestFactory } from '@nestjs/core';
import { CommandBus } from '@nestjs/cqrs';

import { AppModule } from '../src/app.module.js';
import { InviteStaff, inviteStaffSchema } from '../src/identity/index.js';
import {
  type Config,
  FileKeyStore,
  loadConfig,
  openDatabase,
  Problem,
  readEnvironment,
  serviceActor,
  SystemClock,
  SystemIdSource,
} from '../src/platform/index.js';

const usage = 'Usage: npm run staff:invite -- <email> --role <role> [--role <role> …]';

/**
 * `npm run staff:invite -- <email> --role admin`: gives somebody access and prints the link by which
 * they enrol. Whoever runs this holds the keys of the service; the record has it as the service's act.
 */
async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { role: { type: 'string', multiple: true, default: [] } },
    allowPositionals: true,
  });
  const input = inviteStaffSchema.safeParse({ email: positionals[0], roles: values.role });
  if (!input.success || positionals.length !== 1) throw new Error(usage);
  const invited = await withService(loadConfig(readEnvironment()), (commands) => {
    const actor = serviceActor('staff-invite', new SystemIdSource().random());
    return commands.execute(new InviteStaff(input.data, actor, 'printed'));
  });
  console.log(`invited   ${invited.staff.email ?? ''} as ${invited.staff.roles.join(', ')}`);
  console.log(
    invited.link === undefined
      ? 'They sign in with the company’s provider; there is nothing to enrol.'
      : `open once  ${invited.link}`,
  );
}

/** The modules of the service without its door, beside a service that may run. */
async function withService<Result>(
  config: Config,
  work: (commands: CommandBus) => Promise<Result>,
): Promise<Result> {
  const database = await openDatabase(config, { mode: 'join' });
  try {
    const keys = await FileKeyStore.open({
      directory: config.keysDirectory,
      masterKey: config.masterKey,
      production: config.profile === 'production',
    });
    const parts = { config, urls: database.urls, keys, clock: new SystemClock() };
    const app = await NestFactory.createApplicationContext(AppModule.forRoot(parts), {
      logger: ['error'],
    });
    try {
      return await work(app.get(CommandBus));
    } finally {
      await app.close();
    }
  } finally {
    await database.close();
  }
}

await main().catch((error: unknown) => {
  const isPlain = error instanceof Problem || error instanceof Error;
  console.error(isPlain ? error.message : error);
  process.exitCode = 1;
});

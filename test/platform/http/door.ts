import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Body, Controller, Get, Injectable, Module, Post, Query } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import supertest from 'supertest';
import { z } from 'zod';

import {
  type Actor,
  ApiRoute,
  Authenticated,
  Authenticator,
  createHttpApp,
  CurrentActor,
  FileKeyStore,
  Idempotency,
  type IdempotencyClaim,
  LimitedByOrigin,
  loadConfig,
  OptionallyAuthenticated,
  originOf,
  PathId,
  PlatformModule,
  purposeOf,
  RequestLimits,
  serviceActor,
  ServiceLog,
  SimulatedClock,
  tokenInvalid,
} from '../../../src/platform/index.js';
import { openTestDatabase } from '../../support/database.js';

const thingSchema = z.strictObject({ name: z.string().max(20), count: z.int().positive() });
const thingViewSchema = z.strictObject({ id: z.uuid(), name: z.string() }).meta({ id: 'Thing' });

/** Takes the tokens `customer` and `staff`; anything else is not good. */
@Injectable()
class FakeAuthenticator extends Authenticator {
  override authenticate(
    ...[token, request]: Parameters<Authenticator['authenticate']>
  ): Promise<Actor> {
    if (token !== null && token !== 'customer' && token !== 'staff') throw tokenInvalid();
    const kind = token ?? 'guest';
    return Promise.resolve({
      ...serviceActor('somebody', request.id),
      kind,
      purpose: purposeOf(request),
      origin: originOf(request),
    });
  }
}

/** Lets a test hold a request in flight. */
export const SlowRoute = {
  reached: Promise.withResolvers<unknown>(),
  released: Promise.withResolvers<unknown>(),
};

@Controller('v1/things')
class ThingsController {
  @Post()
  @Authenticated('customer')
  @ApiRoute({ summary: 'Make a thing.', responses: { 201: thingViewSchema } })
  make(
    @Body({ schema: thingSchema }) body: z.infer<typeof thingSchema>,
    @CurrentActor() actor: Actor,
    @Idempotency({ required: true }) claim: IdempotencyClaim,
  ): object {
    return {
      name: body.name,
      actor: actor.kind,
      purpose: actor.purpose,
      origin: actor.origin,
      claim,
    };
  }

  @Get(':id')
  @Authenticated('customer', 'staff')
  @ApiRoute({ summary: 'Show a thing.', responses: { 200: thingViewSchema } })
  show(@PathId('id') id: string): object {
    return { id };
  }

  @Post(':id/parts')
  @OptionallyAuthenticated('customer')
  @ApiRoute({
    summary: 'Add a part.',
    responses: { 201: 'The part.' },
    problems: ['resource.not_found'],
  })
  add(
    @PathId('id') id: string,
    @Body({ schema: thingSchema }) body: z.infer<typeof thingSchema>,
    @Idempotency({ required: false }) claim: IdempotencyClaim | undefined,
  ): object {
    return { id, name: body.name, claim };
  }

  @Get()
  @OptionallyAuthenticated()
  list(@Query({ schema: z.strictObject({ after: z.string().optional() }) }) query: object): object {
    return query;
  }

  @Post('guesses')
  @OptionallyAuthenticated('customer')
  @LimitedByOrigin('guesses')
  @ApiRoute({ summary: 'Guess.', responses: { 201: 'Counted.' } })
  guess(): object {
    return {};
  }

  @Get('slow/answer')
  @OptionallyAuthenticated()
  @ApiRoute({ summary: 'Wait until told.', responses: { 200: 'Done.' } })
  async slow(): Promise<object> {
    SlowRoute.reached.resolve(null);
    await SlowRoute.released.promise;
    return { answered: true };
  }

  @Get('failures/:kind')
  @OptionallyAuthenticated()
  @ApiRoute({ summary: 'Fail.', responses: { 200: 'Never.' } })
  fail(@CurrentActor() actor: Actor): object {
    throw new Error(`Card 4000000000081234 of ${actor.kind} is in this message`);
  }
}

@Module({
  controllers: [ThingsController],
  providers: [{ provide: Authenticator, useClass: FakeAuthenticator }],
})
class ThingsModule {}

export interface Door {
  readonly app: NestFastifyApplication;
  readonly http: ReturnType<typeof supertest>;
  readonly port: number;
  readonly clock: SimulatedClock;
  /** Every line the service logged so far. */
  logged(): string;
  close(): Promise<void>;
}

/** The platform with a few routes behind it, listening on a free port. */
export async function openDoor(
  env: Readonly<Record<string, string>> = {},
  controllers: readonly (new (...parts: never[]) => object)[] = [],
): Promise<Door> {
  const database = await openTestDatabase();
  const directory = await mkdtemp(join(tmpdir(), 'probity-door-'));
  const lines: string[] = [];
  const config = loadConfig({ ...database.env, PROBITY_DATA_DIR: directory, PORT: '0', ...env });
  const clock = new SimulatedClock();
  const module = {
    module: class TestModule {},
    controllers: [...controllers],
    imports: [
      PlatformModule.forRoot({
        config,
        urls: config.externalDatabase!,
        keys: await FileKeyStore.open({ directory, masterKey: null, production: false }),
        clock,
        log: new ServiceLog({
          level: 'trace',
          destination: { write: (line: string) => void lines.push(line) },
        }),
      }),
      ThingsModule,
    ],
  };
  const app = await createHttpApp(module, config);
  app.get(RequestLimits).set('changes', { limit: 1000, windowSeconds: 60 });
  try {
    await app.listen({ host: '127.0.0.1', port: 0 });
  } catch (error) {
    await app.close();
    await database.close();
    throw error;
  }
  const { port } = app.getHttpServer().address() as { port: number };
  return {
    app,
    http: supertest(`http://127.0.0.1:${String(port)}`),
    port,
    clock,
    logged: () => lines.join(''),
    async close() {
      await app.close();
      await database.close();
      await rm(directory, { recursive: true });
    },
  };
}

import { Controller, type OnModuleInit } from '@nestjs/common';

import { Clock, JobQueue, OpenApi } from '../../src/platform/index.js';
import { type Door, openDoor } from './http/door.js';

const sweptAt: string[] = [];

/** Registers a sweep as a context does, before the queue starts. */
@Controller('watched')
class WatchedSweep implements OnModuleInit {
  constructor(
    private readonly jobs: JobQueue,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.jobs.schedule('watched', 'daily', () => {
      sweptAt.push(this.clock.now().toISOString());
      return Promise.resolve();
    });
  }
}

describe('The simulated clock', () => {
  let door: Door;

  beforeAll(async () => {
    door = await openDoor({ PROBITY_SIMULATION: 'true' }, [WatchedSweep]);
  });
  afterAll(() => door.close());

  it('tells its time, and moves by a duration', async () => {
    const before = (await door.http.get('/simulation/clock').expect(200)).body.now as string;
    const { body } = await door.http
      .post('/simulation/clock/advance')
      .send({ by: 'P9D' })
      .expect(200);
    expect(Date.parse(body.now as string) - Date.parse(before)).toBe(9 * 86_400_000);
    expect(door.clock.now().toISOString()).toBe(body.now);
  });

  it('answers when what fell due is done', async () => {
    const { body } = await door.http.post('/simulation/clock/advance').send({ by: 'PT1H' });
    expect(sweptAt.at(-1)).toBe(body.now);
  });

  it.each([{ by: 'tomorrow' }, { by: 'P1M' }, { by: 9 }, {}, { by: 'P1D', at: 1 }])(
    'refuses %j and stands',
    async (input) => {
      const before = door.clock.now();
      const { body } = await door.http.post('/simulation/clock/advance').send(input).expect(400);
      expect(body.code).toBe('input.invalid');
      expect(door.clock.now()).toEqual(before);
    },
  );

  it('is documented', () => {
    const undocumented = door.app.get(OpenApi).undocumented();
    expect(undocumented.filter((route) => route.includes('/simulation/'))).toEqual([]);
  });
});

describe('A service without simulation', () => {
  let door: Door;

  beforeAll(async () => {
    door = await openDoor();
  });
  afterAll(() => door.close());

  it('has no clock that could be moved', async () => {
    await door.http.get('/simulation/clock').expect(404);
    const { body } = await door.http.post('/simulation/clock/advance').send({ by: 'P9D' });
    expect(body.code).toBe('route.unknown');
  });
});

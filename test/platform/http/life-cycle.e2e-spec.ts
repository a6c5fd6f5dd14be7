import { connect } from 'node:net';

import { Controller, Get } from '@nestjs/common';

import { Readiness } from '../../../src/platform/index.js';
import { openDoor, SlowRoute } from './door.js';

@Controller('v1/open')
class ForgottenController {
  @Get()
  show(): object {
    return {};
  }
}

describe('the application', () => {
  it('does not start with a route that has no access rule', async () => {
    await expect(openDoor({}, [ForgottenController])).rejects.toThrow(
      'Routes without an access rule: ForgottenController.show',
    );
  });

  it('believes a forwarded address from a trusted network only', async () => {
    const door = await openDoor({ PROBITY_TRUSTED_PROXIES: '127.0.0.0/8' });
    const reply = await door.http
      .post('/v1/things')
      .set('authorization', 'Bearer customer')
      .set('idempotency-key', 'k')
      .set('x-forwarded-for', '198.51.100.1, 203.0.113.9')
      .send({ name: 'one', count: 1 });
    await door.close();

    expect(reply.body.origin.address).toBe('203.0.113.9');
  });

  it('answers what is in flight while it drains, and is not ready meanwhile', async () => {
    const door = await openDoor();
    const inFlight = door.http.get('/v1/things/slow/answer').then((reply) => reply);
    await SlowRoute.reached.promise;
    door.app.get(Readiness).beginDrain();
    const ready = await door.http.get('/health/ready');
    const closing = door.close();
    SlowRoute.released.resolve(null);

    expect(ready.status).toBe(503);
    expect(ready.body).toEqual({ status: 'draining', failing: [], degraded: [] });
    expect(ready.headers.connection).toBe('close');
    expect((await inFlight).body).toEqual({ answered: true });
    await closing;
    await expect(
      new Promise((resolve, reject) =>
        connect(door.port, '127.0.0.1', () => resolve(null)).on('error', reject),
      ),
    ).rejects.toThrow(/ECONNREFUSED/);
  });
});

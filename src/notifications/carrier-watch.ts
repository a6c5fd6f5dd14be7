import { Injectable, type OnModuleInit } from '@nestjs/common';

import { HealthChecks, Metrics } from '../platform/index.js';
import { CarrierOutages } from './carrier-outages.js';
import { carriers } from './notification.js';

/** Shows outages to whoever runs the service: every process still serves, none of them whole. */
@Injectable()
export class CarrierWatch implements OnModuleInit {
  constructor(
    private readonly outages: CarrierOutages,
    private readonly checks: HealthChecks,
    private readonly metrics: Metrics,
  ) {}

  onModuleInit(): void {
    for (const carrier of carriers) {
      const isOut = async (): Promise<boolean> => (await this.outages.find(carrier)) !== null;
      this.checks.advise(`carrier-${carrier}`, async () => !(await isOut()));
      this.metrics.gauge(
        `notification_carrier_${carrier}_out`,
        `1 while the carrier of ${carrier} is out of service.`,
        async () => Number(await isOut()),
      );
    }
  }
}

import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** What one answered request adds to the figures. */
export interface RequestSample {
  readonly method: string;
  /** The route's pattern, never the path: labels hold no ids and stay few. */
  readonly route: string;
  readonly status: number;
  readonly seconds: number;
}

/**
 * The Prometheus registry of one service instance. Contexts add their own figures with `counter` and
 * `gauge`; labels are closed sets, never personal data.
 */
export class Metrics {
  readonly registry = new Registry();
  readonly #requests: Histogram<'method' | 'route' | 'status'>;

  constructor() {
    collectDefaultMetrics({ register: this.registry });
    this.#requests = new Histogram({
      name: 'http_request_duration_seconds',
      help: 'Duration of answered requests by route pattern.',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.002, 0.005, 0.01, 0.02, 0.04, 0.08, 0.15, 0.3, 0.6, 1, 2, 5],
      registers: [this.registry],
    });
  }

  observeRequest({ method, route, status, seconds }: RequestSample): void {
    this.#requests.observe({ method, route, status }, seconds);
  }

  counter(name: string, help: string, labelNames: readonly string[] = []): Counter {
    return new Counter({ name, help, labelNames: [...labelNames], registers: [this.registry] });
  }

  /** A gauge that is read when the figures are fetched. */
  gauge(name: string, help: string, read?: () => number | Promise<number>): Gauge {
    return new Gauge({
      name,
      help,
      registers: [this.registry],
      ...(read && {
        async collect(): Promise<void> {
          this.set(await read());
        },
      }),
    });
  }
}

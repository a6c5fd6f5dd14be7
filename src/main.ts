import { codeOf, ConfigError, loadConfig, readEnvironment, type Config } from './platform/index.js';
import { startService, type Service } from './service.js';

const exitCodes = { stopped: 0, failed: 1, interrupted: 130 } as const;
const echoMilliseconds = 1_000;

function print(...lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}

function fail(error: unknown): never {
  process.stderr.write(`Probity did not start.\n${describe(error)}\n`);
  process.exit(exitCodes.failed);
}

/** Failures an operator can mend are one sentence; anything else keeps its stack. */
function describe(error: unknown): string {
  if (error instanceof ConfigError) return error.message;
  if (!(error instanceof Error)) return String(error);
  const isPlain = ['DataDirectoryInUse', 'LogOriginMismatch', 'SchemaOutOfDate'].includes(
    error.name,
  );
  if (codeOf(error) === 'EADDRINUSE') {
    return `${error.message}\nAnother program listens there; set PORT to a free one.`;
  }
  return isPlain ? error.message : (error.stack ?? error.message);
}

function printWelcome(service: Service, config: Config): void {
  const { url } = service;
  print(
    '',
    `Probity listens on ${url} (${config.profile}).`,
    `  Health       ${url}/health/ready`,
    `  API          ${url}/docs`,
    ...(config.devRoutes
      ? [`  Dev outbox   ${url}/dev/outbox`, `  Demo staff   ${url}/dev/staff`]
      : []),
    '',
    'In another terminal:',
    '  npm run demo             plays the dialogues and prints what the ledger recorded',
    `  curl -s ${url}/v1/customer-sessions -H 'content-type: application/json' \\`,
    `    -d '{"customerNumber":"100001","passcode":"246810"}'`,
    '',
    'Ctrl-C stops it.',
  );
}

/**
 * The first signal drains, within a limit, as soon as there is something to drain; a later one does
 * not wait. Ctrl-C reaches us twice, from the terminal and from npm, which counts as one.
 */
class SignalDrain {
  #firstAt: number | null = null;
  #service: Service | null = null;

  constructor(private readonly limitMilliseconds: number) {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => this.#receive(signal));
    }
  }

  /** From here on there is a service to drain. */
  started(service: Service): void {
    this.#service = service;
    if (this.#firstAt !== null) void this.#drain(service);
  }

  get isRequested(): boolean {
    return this.#firstAt !== null;
  }

  #receive(signal: NodeJS.Signals): void {
    if (this.#firstAt !== null) {
      if (Date.now() - this.#firstAt > echoMilliseconds) process.exit(exitCodes.interrupted);
      return;
    }
    this.#firstAt = Date.now();
    print(`${signal}: stopping.`);
    if (this.#service !== null) void this.#drain(this.#service);
  }

  async #drain(service: Service): Promise<void> {
    setTimeout(() => {
      process.stderr.write('The drain took too long; stopping at once.\n');
      process.exit(exitCodes.failed);
    }, this.limitMilliseconds).unref();
    try {
      await service.close();
    } catch (error) {
      process.stderr.write(`The drain failed: ${describe(error)}\n`);
      process.exit(exitCodes.failed);
    }
    print('Stopped.');
    process.exit(exitCodes.stopped);
  }
}

async function main(): Promise<void> {
  const config = loadConfig(readEnvironment());
  const drain = new SignalDrain(config.shutdownTimeoutMilliseconds);
  const service = await startService(config, { onNotice: (sentence) => print(sentence) });
  drain.started(service);
  if (!drain.isRequested) printWelcome(service, config);
}

await main().catch(fail);

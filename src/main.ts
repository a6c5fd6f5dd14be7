import { codeOf, ConfigError, loadConfig, readEnvironment, type Config } from './platform/index.js';
import { startService, type Service } from './service.js';

const exitCodes = { stopped: 0, failed: 1, interrupted: 130 } as const;

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
  const isPlain = ['DataDirectoryInUse', 'SchemaOutOfDate'].includes(error.name);
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

/** The first signal drains, within a limit; a second one does not wait. */
function stopOnSignals(service: Service, config: Config): void {
  let isStopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (isStopping) process.exit(exitCodes.interrupted);
    isStopping = true;
    print(`${signal}: draining.`);
    setTimeout(() => {
      process.stderr.write('The drain took too long; stopping at once.\n');
      process.exit(exitCodes.failed);
    }, config.shutdownTimeoutMilliseconds).unref();
    service.close().then(
      () => {
        print('Stopped.');
        process.exit(exitCodes.stopped);
      },
      (error: unknown) => {
        process.stderr.write(`The drain failed: ${describe(error)}\n`);
        process.exit(exitCodes.failed);
      },
    );
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
}

async function main(): Promise<void> {
  const config = loadConfig(readEnvironment());
  const service = await startService(config, { onNotice: (sentence) => print(sentence) });
  stopOnSignals(service, config);
  printWelcome(service, config);
}

await main().catch(fail);

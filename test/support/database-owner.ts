import { loadConfig, readEnvironment } from '../../src/platform/config.js';
import { openDatabase } from '../../src/platform/open-database.js';

// Opens the configured database as a service does, says where it is, and waits to be killed.

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

const mode = process.argv[2] === 'join' ? 'join' : 'own';
const database = await openDatabase(loadConfig(readEnvironment()), {
  mode,
  onNotice: (sentence) => {
    print(`notice: ${sentence}`);
  },
}).catch((error: unknown) => {
  print(`refused: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
});
print(`open: ${database.urls.app.reveal()}`);
process.on('SIGTERM', () => {
  void database.close().then(() => process.exit(0));
});
setInterval(() => undefined, 1_000);

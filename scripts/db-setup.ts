import { Secret, setUpDatabase } from '../src/platform/index.js';

/** `npm run db:setup -- <owner url> [--renew-passwords]`: roles and databases of an external server. */
async function main(): Promise<void> {
  const parameters = process.argv.slice(2);
  const url = parameters.find((parameter) => !parameter.startsWith('--'));
  if (url === undefined || !URL.canParse(url)) {
    console.error(
      'Usage: npm run db:setup -- postgres://<admin>:<password>@<host>:<port>/<database>',
    );
    process.exitCode = 1;
    return;
  }
  const urls = await setUpDatabase(new Secret(url), {
    renewPasswords: parameters.includes('--renew-passwords'),
  });
  console.log(
    '# Keep these in the environment of the service (or in .env); they are not shown again.',
  );
  // The addresses are the very product of this command: here they are shown.
  for (const [name, address] of Object.entries(urls)) console.log(`${name}=${address.reveal()}`);
}

await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});

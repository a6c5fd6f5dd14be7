import { execFile } from 'node:child_process';
import { cp, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import {
  locateBinaries,
  reachableBinaries,
} from '../../../src/platform/embedded-postgres/binaries.js';
import { findServerUser } from '../../../src/platform/embedded-postgres/server-user.js';
import { makeOpenFolder } from '../../support/temporary-folder.js';

const run = promisify(execFile);

describe('reachableBinaries', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await makeOpenFolder('probity-binaries-');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it("gives the server's account binaries that it can run from a clone that it cannot enter", async () => {
    const located = await locateBinaries();
    const clone = join(folder, 'clone');
    await mkdir(clone, { mode: 0o700 });
    await cp(located.directory, join(clone, 'native'), { recursive: true, verbatimSymlinks: true });
    const user = await findServerUser();

    const reachable = await reachableBinaries(
      { ...located, directory: join(clone, 'native') },
      user,
      folder,
    );
    const { stdout } = await run(join(reachable.directory, 'bin/postgres'), ['--version'], {
      cwd: '/',
      ...user,
    });
    expect(stdout).toContain(`PostgreSQL) ${located.majorVersion}.`);
  });

  it('uses the installed binaries as they are where they can be run', async () => {
    const located = await locateBinaries();
    expect(await reachableBinaries(located, null, folder)).toEqual(located);
  });
});

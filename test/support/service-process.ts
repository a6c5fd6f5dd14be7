import { setTimeout as sleep } from 'node:timers/promises';

import { type Child, startChild } from './child-process.js';

/** The whole service as a process of its own on an embedded database: it can be killed, and its log read. */
export interface ServiceProcess {
  readonly url: string;
  readonly child: Child;
}

/**
 * Starts the service from its sources on a data directory and waits until it is ready.
 *
 * @param program path from the root of the repository, where it is not this installation's own.
 */
export async function startServiceProcess(
  dataDirectory: string,
  env: Readonly<Record<string, string>> = {},
  program = 'src/main.ts',
): Promise<ServiceProcess> {
  // The system chooses the port: one drawn by us may be taken.
  const child = startChild(program, {
    env: { PROBITY_DATA_DIR: dataDirectory, PORT: '0', LOG_LEVEL: 'debug', ...env },
  });
  const [, url = ''] = await child.waitFor(/Probity listens on (\S+)/);
  for (let tries = 0; tries < 600; tries += 1) {
    const ready = await fetch(`${url}/health/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (ready) return { url, child };
    await sleep(100);
  }
  throw new Error(`The service did not become ready:\n${child.output}`);
}

/** One JSON request; the body is whatever came. */
export async function ask<Body>(
  url: string,
  options: { token?: string; body?: unknown; headers?: Record<string, string> } = {},
): Promise<{ status: number; body: Body; text: string }> {
  const { token, body, headers } = options;
  const response = await fetch(url, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: JSON.parse(text) as Body, text };
}

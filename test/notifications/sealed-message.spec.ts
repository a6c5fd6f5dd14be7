import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { openMessage, sealMessage } from '../../src/notifications/sealed-message.js';
import { FileKeyStore, type KeyStore } from '../../src/platform/index.js';

const clear = { destination: '+14155550134', text: 'Your code is 123456.' };

describe('a sealed message', () => {
  let directory: string;
  let keys: KeyStore;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'probity-keys-'));
    keys = await FileKeyStore.open({ directory, masterKey: null, production: false });
  });
  afterAll(() => rm(directory, { recursive: true }));

  it('opens under its own notification', () => {
    const opened = openMessage(keys, 'a', sealMessage(keys, 'a', clear));
    expect(opened.destination.reveal()).toBe(clear.destination);
    expect(opened.text.reveal()).toBe(clear.text);
  });

  it('does not open under another notification, nor with its parts exchanged', () => {
    const sealed = sealMessage(keys, 'a', clear);
    expect(() => openMessage(keys, 'b', sealed)).toThrow();
    expect(() =>
      openMessage(keys, 'a', { destination: sealed.text, text: sealed.destination }),
    ).toThrow();
  });

  it('prints as nothing', () => {
    const opened = openMessage(keys, 'a', sealMessage(keys, 'a', clear));
    expect(JSON.stringify(opened) + String(opened.text)).not.toContain('123456');
  });
});

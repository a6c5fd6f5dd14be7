import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { FaultBook, nameOf } from '../../../src/ledger/watch/fault-book.js';

const faultAt = (leafIndex: number) => ({
  kind: 'event_changed',
  leafIndex,
  eventId: null,
  object: null,
});

describe('FaultBook', () => {
  let folder: string;
  beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), 'probity-watch-'))));
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('enters a place once, also where one look meets it twice, and no more than it can hold', () => {
    const book = new FaultBook(join(folder, 'unsaved'));
    expect(book.enter([faultAt(1), faultAt(1), faultAt(2)])).toEqual([faultAt(1), faultAt(2)]);
    expect(book.enter([faultAt(2), faultAt(3)])).toEqual([faultAt(3)]);
    const many = Array.from({ length: 1_000 }, (_, index) => faultAt(index));
    book.enter(many);
    expect(book.size).toBe(50);
  });

  it('remembers over a restart what stands open, and crosses out what is not found again', async () => {
    const path = join(folder, 'faults');
    const book = new FaultBook(path);
    await book.load();
    book.enter([faultAt(1), faultAt(2)]);
    await book.save();

    const later = new FaultBook(path);
    await later.load();
    expect(later.enter([faultAt(1)])).toEqual([]);
    expect(later.keepOnly(new Set([nameOf(faultAt(2))]), () => true)).toEqual([faultAt(1)]);
    await later.save();
    await book.load();
    expect(book.size).toBe(1);
  });
});

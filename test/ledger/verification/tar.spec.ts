import { formatTarFile, readTar, tarEnd } from '../../../src/ledger/index.js';

async function* once(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes);
}

async function read(bytes: Buffer, fileBytesMax = 1_000): Promise<string[]> {
  const files: string[] = [];
  for await (const { name, content } of readTar(once(bytes), fileBytesMax))
    files.push(`${name}: ${content.toString()}`);
  return files;
}

/** With its checksum made to fit again. */
function patched(at: number, text: string): Buffer {
  const archive = Buffer.concat([formatTarFile('keys', Buffer.from('a'), new Date(0)), tarEnd]);
  archive.write(text, at, 'latin1');
  archive.write('        ', 148);
  const sum = archive.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  archive.write(`${sum.toString(8).padStart(6, '0')}\u0000 `, 148);
  return archive;
}

describe('tape archives', () => {
  it('are read as they were written', async () => {
    expect(await read(patched(0, 'keys'))).toEqual(['keys: a']);
  });

  it.each([
    ['a folder in front of the name', 345, '../../etc'],
    ['something behind the name', 50, 'hidden'],
    ['a mode that is not ours', 100, '0004777'],
    ['an owner', 108, '0001000'],
    ["an owner's name", 265, 'root'],
    ['a device', 329, '0000001'],
    ['a symbolic link', 156, '2'],
    ['a hard link', 156, '1'],
    ['a folder', 156, '5'],
    ['a long name of another dialect', 156, 'L'],
    ['the target of a link', 157, '/etc/passwd'],
    ['a size in another base', 124, '\u0080\u0000\u0000\u0000'],
    ['a size below zero', 124, '-0000000001'],
    ['something behind the header', 505, 'x'],
    ['a name that a terminal obeys', 0, '\u001b[2Jx'],
  ])('are refused with %s', async (_what, at, text) => {
    await expect(read(patched(at, text))).rejects.toThrow(
      expect.objectContaining({ name: 'TarError' }),
    );
  });

  it('are refused with a file that is larger than any may be, before it is read', async () => {
    const header = patched(124, '77777777777').subarray(0, 512);
    await expect(read(header)).rejects.toThrow('too large');
  });
});

/**
 * Tape archives in the form of POSIX ustar (IEEE Std 1003.1-2017, pax, "ustar Interchange Format"):
 * per file a header of 512 bytes and the content, filled up to a multiple of 512; two empty blocks at
 * the end. Plain files with short names and nothing else.
 */

const blockBytes = 512;
const nameBytesMax = 100;
/** What eleven octal digits can say. */
const sizeMax = 8 ** 11 - 1;
const fileMode = 0o644;

/** Where in the header each field stands, and how long it is. */
const fields = {
  name: [0, 100],
  mode: [100, 8],
  uid: [108, 8],
  gid: [116, 8],
  size: [124, 12],
  mtime: [136, 12],
  checksum: [148, 8],
  type: [156, 1],
  link: [157, 100],
  magic: [257, 8],
} as const;

const magic = 'ustar\u000000';

/** Thrown for bytes that are no such archive, or one that ends too early. */
export class TarError extends Error {
  override readonly name = 'TarError';
}

/** Header, content and filling of one file. */
export function formatTarFile(name: string, content: Uint8Array, modifiedAt: Date): Buffer {
  const filling = Buffer.alloc((blockBytes - (content.length % blockBytes)) % blockBytes);
  return Buffer.concat([headerOf(name, content.length, modifiedAt), content, filling]);
}

/** What stands behind the last file. */
export const tarEnd = Buffer.alloc(2 * blockBytes);

function headerOf(name: string, size: number, modifiedAt: Date): Buffer {
  if (Buffer.byteLength(name) > nameBytesMax || size > sizeMax) throw new TarError('Too large');
  const header = Buffer.alloc(blockBytes);
  const put = (field: keyof typeof fields, text: string): void => {
    header.write(text, fields[field][0], 'utf8');
  };
  const octal = (value: number, field: keyof typeof fields): string =>
    value.toString(8).padStart(fields[field][1] - 1, '0');
  put('name', name);
  put('mode', octal(fileMode, 'mode'));
  put('uid', octal(0, 'uid'));
  put('gid', octal(0, 'gid'));
  put('size', octal(size, 'size'));
  put('mtime', octal(Math.floor(modifiedAt.getTime() / 1000), 'mtime'));
  put('type', '0');
  put('magic', magic);
  put('checksum', `${checksumOf(header).toString(8).padStart(6, '0')}\u0000 `);
  return header;
}

/** The sum of all bytes, the checksum's own eight taken for spaces. */
function checksumOf(header: Buffer): number {
  const [start, length] = fields.checksum;
  return header.reduce(
    (sum, byte, at) => sum + (at >= start && at < start + length ? 0x20 : byte),
    0,
  );
}

export interface TarFile {
  readonly name: string;
  readonly content: Buffer;
}

/**
 * Reads an archive file by file, in the memory of one. Nothing is ever written anywhere: a name is a
 * text to compare, not a path to open.
 *
 * @throws TarError where it is no archive of plain files, is cut off, goes on behind its end, or holds
 *   a file larger than `fileBytesMax`.
 */
export async function* readTar(
  chunks: AsyncIterable<Uint8Array>,
  fileBytesMax: number,
): AsyncGenerator<TarFile> {
  const input = new ByteQueue(chunks);
  for (;;) {
    const header = await input.take(blockBytes);
    if (header.every((byte) => byte === 0)) return assertEnd(input);
    const { name, size } = parseHeader(header);
    if (size > fileBytesMax) throw new TarError(`The file ${name} is too large`);
    const content = await input.take(size);
    const filling = await input.take((blockBytes - (size % blockBytes)) % blockBytes);
    if (filling.some((byte) => byte !== 0)) throw new TarError('Something stands between files');
    yield { name, content };
  }
}

async function assertEnd(input: ByteQueue): Promise<void> {
  const second = await input.take(blockBytes);
  if (second.some((byte) => byte !== 0)) throw new TarError('The archive ends twice');
  if (!(await input.isEnded())) throw new TarError('Something stands behind the end');
}

/**
 * A header has one form, that of `formatTarFile`. One that says more, a folder in front of the name, a
 * mode, an owner, would unpack to something else than what was verified.
 */
function parseHeader(header: Buffer): { name: string; size: number } {
  const text = (field: keyof typeof fields): string => {
    const [start, length] = fields[field];
    return header.toString('latin1', start, start + length).replace(/\0.*$/s, '');
  };
  if (text('magic') !== 'ustar') throw new TarError('Not ustar');
  const [size, seconds] = [octalIn(text('size')), octalIn(text('mtime'))];
  const name = text('name');
  if (!/^[\x20-\x7e]+$/.test(name)) throw new TarError('Not a name');
  if (!headerOf(name, size, new Date(seconds * 1000)).equals(header)) {
    throw new TarError('Not a plain file');
  }
  return { name, size };
}

function octalIn(text: string): number {
  if (!/^[0-7]{11}$/.test(text)) throw new TarError('Not a number');
  return Number.parseInt(text, 8);
}

/** Gives bytes in the portions that are asked for. */
class ByteQueue {
  readonly #source: AsyncIterator<Uint8Array>;
  readonly #chunks: Uint8Array[] = [];
  #length = 0;

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#source = chunks[Symbol.asyncIterator]();
  }

  async take(count: number): Promise<Buffer> {
    while (this.#length < count) {
      if (!(await this.#fill())) throw new TarError('The archive is cut off');
    }
    const all = Buffer.concat(this.#chunks);
    this.#chunks.length = 0;
    this.#chunks.push(all.subarray(count));
    this.#length -= count;
    return all.subarray(0, count);
  }

  async isEnded(): Promise<boolean> {
    while (this.#length === 0) if (!(await this.#fill())) return true;
    return false;
  }

  async #fill(): Promise<boolean> {
    const next = await this.#source.next();
    if (next.done === true) return false;
    this.#chunks.push(next.value);
    this.#length += next.value.length;
    return true;
  }
}

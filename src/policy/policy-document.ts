import { isCollection, isMap, isScalar, LineCounter, type Node, parseDocument } from 'yaml';
import type { z } from 'zod';

/** One fault of a policy file, where somebody can go and mend it. */
export interface PolicyFault {
  readonly file: string;
  readonly line: number;
  /** `actions[3].purpose.default`; empty for the file as a whole. */
  readonly path: string;
  readonly message: string;
}

/** The policies cannot be used; the message lists every fault with file, line and path. */
export class PolicyInvalid extends Error {
  override readonly name = 'PolicyInvalid';

  constructor(readonly faults: readonly PolicyFault[]) {
    super(`The policies have ${faults.length} fault(s):\n${faults.map(formatFault).join('\n')}`);
  }
}

function formatFault({ file, line, path, message }: PolicyFault): string {
  return `  ${file}:${line}${path ? ` ${path}` : ''}: ${message}`;
}

/** A file's content as it stands (for the digest) and as its schema reads it. */
export interface PolicyDocument<Value> {
  readonly source: unknown;
  readonly value: Value;
  /** The line on which the thing at a path stands, for faults found across files. */
  readonly lineOf: (path: readonly PropertyKey[]) => number;
}

const aliasesMax = 100;

/**
 * Parses a YAML 1.2 text and checks it against a schema.
 *
 * @throws PolicyInvalid with all faults of this file.
 */
export function parsePolicyDocument<Schema extends z.ZodType>(
  file: string,
  text: string,
  schema: Schema,
): PolicyDocument<z.output<Schema>> {
  const lines = new LineCounter();
  const document = parseDocument(text, { version: '1.2', lineCounter: lines, uniqueKeys: true });
  if (document.errors.length > 0) {
    throw new PolicyInvalid(
      document.errors.map(({ pos, message }) => {
        const [summary = message] = message.split('\n');
        return { file, line: lines.linePos(pos[0]).line, path: '', message: summary };
      }),
    );
  }
  const lineOf = (path: readonly PropertyKey[]): number =>
    lines.linePos(offsetOf(document.contents, path)).line;
  const source: unknown = document.toJS({ maxAliasCount: aliasesMax });
  const result = schema.safeParse(source);
  if (result.success) return { source, value: result.data, lineOf };
  throw new PolicyInvalid(
    result.error.issues.flatMap((issue) =>
      placesOf(issue).map((path) => ({
        file,
        line: lineOf(path),
        path: formatPath(path),
        message: issue.message,
      })),
    ),
  );
}

/** An unknown key is reported where the key stands, not where its parent begins. */
function placesOf(issue: z.core.$ZodIssue): PropertyKey[][] {
  if (issue.code !== 'unrecognized_keys') return [issue.path];
  return issue.keys.map((key) => [...issue.path, key]);
}

/** The offset of the deepest node on the path that exists: a missing key is reported at its parent. */
function offsetOf(root: Node | null, path: readonly PropertyKey[]): number {
  let node: unknown = root;
  let offset = root?.range?.[0] ?? 0;
  for (const segment of path) {
    if (!isCollection(node)) break;
    const pair = isMap(node)
      ? node.items.find(({ key }) => isScalar(key) && key.value === segment)
      : undefined;
    const key = pair?.key;
    const next: unknown = pair ? pair.value : node.get(segment, true);
    if (next === undefined) break;
    const place = isScalar(key) ? key : (next as Node | null);
    offset = place?.range?.[0] ?? offset;
    node = next;
  }
  return offset;
}

/** `['actions', 3, 'purpose']` as `actions[3].purpose`. */
export function formatPath(path: readonly PropertyKey[]): string {
  return path
    .map((part, index) =>
      typeof part === 'number' ? `[${part}]` : `${index > 0 ? '.' : ''}${String(part)}`,
    )
    .join('');
}

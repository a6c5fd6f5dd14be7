import { listProblems, type ProblemDefinition } from '../problem.js';
import { problemMediaType } from './problem-document.js';

/** RFC 9457 members, and those of the product. */
export const problemSchema = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail', 'instance', 'code'],
  properties: {
    type: { type: 'string', description: '`urn:probity:problem:<code>`' },
    title: { type: 'string', description: 'Constant per code.' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    instance: { type: 'string', description: '`urn:uuid:` of the request.' },
    code: { type: 'string', description: 'Stable: never renamed, never reused.' },
    errors: {
      type: 'array',
      description: 'The places that do not fit the schema.',
      items: {
        type: 'object',
        required: ['pointer', 'detail'],
        properties: {
          pointer: {
            type: 'string',
            description: 'RFC 6901 pointer; the root is the empty string.',
          },
          detail: { type: 'string' },
        },
      },
    },
    requiredAssurance: {
      type: 'object',
      properties: { acr: { type: 'string' }, maxAgeSeconds: { type: 'integer', nullable: true } },
    },
    allowed: { type: 'array', items: { type: 'string' } },
    mfaToken: { type: 'string' },
    resendAt: { type: 'string', format: 'date-time' },
  },
};

/**
 * The responses of some problem codes: one per status, whose description says when each happens.
 *
 * @throws Error for a code that no context registered.
 */
export function problemResponses(codes: readonly string[]): Readonly<Record<string, object>> {
  const definitions = new Map(listProblems().map((definition) => [definition.code, definition]));
  const byStatus = new Map<number, ProblemDefinition[]>();
  for (const code of [...new Set(codes)].sort()) {
    const definition = definitions.get(code);
    if (!definition) throw new Error(`Problem code ${code} is not registered`);
    byStatus.set(definition.status, [...(byStatus.get(definition.status) ?? []), definition]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, those]) => [String(status), responseOf(those)]),
  );
}

function responseOf(definitions: readonly ProblemDefinition[]): object {
  return {
    description: definitions.map(({ code, when }) => `\`${code}\`: ${when}`).join('\n\n'),
    content: {
      [problemMediaType]: {
        schema: {
          allOf: [
            { $ref: '#/components/schemas/Problem' },
            { type: 'object', properties: { code: { enum: definitions.map(({ code }) => code) } } },
          ],
        },
      },
    },
  };
}

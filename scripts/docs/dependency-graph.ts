import { createRequire } from 'node:module';
import { join } from 'node:path';

import { cruise, type ICruiseResult } from 'dependency-cruiser';

/** For each context, in the order of the rule, the contexts it imports from. */
export type ContextGraph = ReadonlyMap<string, readonly string[]>;

/** Reads the imports between contexts with the configuration that enforces their order. */
export async function readContextGraph(root: string): Promise<ContextGraph> {
  const configuration = createRequire(join(root, 'package.json'))('./.dependency-cruiser.cjs') as {
    readonly contexts: readonly string[];
    readonly options: Readonly<Record<string, unknown>>;
  };
  const { enhancedResolveOptions, tsConfig: _, ...options } = configuration.options;
  const { output } = await cruise(
    ['src'],
    { ...options, baseDir: root },
    enhancedResolveOptions as object,
  );
  const edges = (output as ICruiseResult).modules.flatMap(({ source, dependencies }) =>
    dependencies.map(({ resolved }) => [contextOf(source), contextOf(resolved)] as const),
  );
  return new Map(
    configuration.contexts.map((context) => [
      context,
      configuration.contexts.filter(
        (other) =>
          other !== context && edges.some(([from, to]) => from === context && to === other),
      ),
    ]),
  );
}

function contextOf(path: string): string {
  return /^src\/([^/]+)\//.exec(path)?.[1] ?? '';
}

/**
 * The graph as Mermaid, without the arrows that follow from others, and in full as a list. Arrows
 * point at what is imported.
 */
export function formatContextGraph(graph: ContextGraph): string {
  const arrows = [...graph].flatMap(([from, targets]) =>
    targets
      .filter((to) => !targets.some((via) => via !== to && reaches(graph, via, to)))
      .map((to) => `  ${from} --> ${to}`),
  );
  const rows = [...graph].map(
    ([context, targets]) =>
      `- ${context}: ${targets.length === 0 ? 'nothing' : targets.join(', ')}`,
  );
  return [
    '```mermaid',
    'flowchart RL',
    ...[...graph.keys()].map((context) => `  ${context}`),
    ...arrows,
    '```',
    '',
    'Arrows point at what is imported; those that follow from others are left out. In full, each with what it imports:',
    '',
    ...rows,
  ].join('\n');
}

function reaches(graph: ContextGraph, from: string, to: string): boolean {
  const targets = graph.get(from) ?? [];
  return targets.includes(to) || targets.some((via) => reaches(graph, via, to));
}

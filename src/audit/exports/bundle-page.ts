import type { ExportCriteria } from '../../ledger/index.js';

/** More rows than a person reads; the files have them all. */
const rowsMax = 2_000;

export interface PageSummary {
  readonly exportId: string;
  readonly createdAt: string;
  readonly criteria: ExportCriteria;
  readonly origin: string;
  readonly treeSize: number;
  readonly rootHash: string;
  readonly matching: number;
}

/** Gathers what a person wants to see of a bundle, and writes it as a page without any script. */
export class BundlePage {
  readonly #rows: string[] = [];

  add(leafIndex: number, event: Readonly<Record<string, unknown>>): void {
    if (this.#rows.length >= rowsMax) return;
    const actor = event['actor'] as { kind?: unknown; id?: unknown } | undefined;
    const cells = [
      leafIndex,
      event['recordedAt'],
      event['type'],
      event['outcome'],
      `${text(actor?.kind)} ${text(actor?.id)}`,
      event['subject'],
      event['case'],
    ];
    this.#rows.push(`<tr>${cells.map((cell) => `<td>${escaped(text(cell))}</td>`).join('')}</tr>`);
  }

  format(summary: PageSummary): string {
    const { criteria, matching } = summary;
    const asked =
      criteria.kind === 'period'
        ? `recorded from ${criteria.from} up to ${criteria.to}`
        : `about the ${criteria.kind} ${criteria.id}`;
    const facts: readonly (readonly [string, string])[] = [
      ['Export', summary.exportId],
      ['Made at', summary.createdAt],
      ['Events', `${matching}, ${asked}`],
      ['Log', summary.origin],
      ['Tree size', String(summary.treeSize)],
      ['Root hash', summary.rootHash],
    ];
    const rest = matching > this.#rows.length ? ` (the first ${this.#rows.length})` : '';
    return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Audit export ${escaped(summary.exportId)}</title>
<style>body{font:15px sans-serif;margin:2em}td,th{padding:.2em .8em;text-align:left;border-bottom:1px solid #ccc}</style>
<h1>Audit export</h1>
<table>${facts.map(([name, fact]) => `<tr><th>${name}</th><td>${escaped(fact)}</td></tr>`).join('')}</table>
<p>This page proves nothing. The files beside it do: <code>node ledger-verifier.mjs &lt;this bundle&gt; --key &lt;the log's key&gt;</code>,
with a key that you did not take from the bundle.</p>
<h2>Events${rest}</h2>
<table><tr><th>Index</th><th>Recorded at</th><th>Type</th><th>Outcome</th><th>Actor</th><th>Subject</th><th>Case</th></tr>
${this.#rows.join('\n')}
</table>
</html>
`;
  }
}

function text(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function escaped(value: string): string {
  return value.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

import { z } from 'zod';

import { formatContextGraph } from '../../scripts/docs/dependency-graph.js';
import { fillBetween, tableRow } from '../../scripts/docs/markdown.js';
import { formatAuditEvents, formatProblems } from '../../scripts/docs/registry-pages.js';

describe('fillBetween', () => {
  it('keeps what people wrote around the markers', () => {
    const page = 'Before\n<!-- graph:begin -->\nold\n<!-- graph:end -->\nAfter\n';
    const filled = fillBetween(page, 'graph', 'new');
    expect(filled).toBe('Before\n<!-- graph:begin -->\n\nnew\n\n<!-- graph:end -->\nAfter\n');
    expect(fillBetween(filled, 'graph', 'new')).toBe(filled);
  });

  it('refuses a page without its markers', () => {
    expect(() => fillBetween('Nothing here', 'graph', 'new')).toThrow('lacks <!-- graph:begin -->');
  });
});

describe('tableRow', () => {
  it('keeps a bar and a line break from ending the cell', () => {
    expect(tableRow('a|b', 'c\nd')).toBe('| a\\|b | c d |');
  });
});

describe('formatContextGraph', () => {
  it('draws no arrow that follows from others and lists every import', () => {
    const text = formatContextGraph(
      new Map([
        ['platform', []],
        ['ledger', ['platform']],
        ['cases', ['platform', 'ledger']],
      ]),
    );
    expect(text).toContain('cases --> ledger');
    expect(text).toContain('ledger --> platform');
    expect(text).not.toContain('cases --> platform');
    expect(text).toContain('- cases: platform, ledger');
  });
});

describe('the registry pages', () => {
  it('list a problem with its status and when it happens', () => {
    const page = formatProblems([
      { code: 'case.closed', status: 409, title: 'Case is closed', when: 'It was closed before.' },
    ]);
    expect(page).toContain('| `case.closed` | 409 | Case is closed | It was closed before. |');
  });

  it('list an event with the fields of its detail and their types', () => {
    const detail = z.strictObject({
      caseId: z.uuid(),
      kinds: z.array(z.enum(['a', 'b'])),
      note: z.string().nullable().optional(),
    });
    const page = formatAuditEvents([
      { type: 'case.opened', description: 'A case was opened.', detail, retentionClass: 'ledger' },
    ]);
    expect(page).toContain(
      '| `case.opened` | A case was opened. | `caseId` uuid<br>`kinds` list of a, b<br>`note`? string or null | ledger |',
    );
  });
});

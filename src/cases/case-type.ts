/** Kinds of cases, as routes and events name them. */
export const caseTypes = [
  'fraud',
  'dispute',
  'complaint',
  'regulatory-inquiry',
  'violation',
  'ticket',
] as const;
export type CaseType = (typeof caseTypes)[number];

/** What stands before the year in a case's number: `FRAUD-2026-0001`. */
export const numberPrefixes: Readonly<Record<CaseType, string>> = {
  fraud: 'FRAUD',
  dispute: 'DISP',
  complaint: 'CMPL',
  'regulatory-inquiry': 'REGI',
  violation: 'VIOL',
  ticket: 'TICK',
};

export const casePriorities = ['low', 'normal', 'high', 'critical'] as const;
export type CasePriority = (typeof casePriorities)[number];

const digitsMin = 4;

/** `DISP`, 2026, 17 → `DISP-2026-0017`; more digits where four do not suffice. */
export function formatCaseNumber(type: CaseType, year: number, serial: number): string {
  return `${numberPrefixes[type]}-${String(year)}-${String(serial).padStart(digitsMin, '0')}`;
}

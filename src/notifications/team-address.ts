const institutionDomain = 'probity.example';

/** Where a team of the bank reads its alerts. */
export function teamAddress(team: string): string {
  return `${team}@${institutionDomain}`;
}

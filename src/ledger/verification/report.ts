import { type Damage, damageKinds, describeDamage } from './damage.js';

/** What a verification found, whatever it read: for a person, or for a program. */
export interface VerificationReport {
  readonly isSound: boolean;
  /** One sentence that says it all. */
  readonly sentence: string;
  /** What was verified, by name. */
  readonly facts: Readonly<Record<string, string | number>>;
  readonly damages: readonly Damage[];
}

/** For a terminal: a fact a line, each damage, and the sentence last. */
export function formatReport({ sentence, facts, damages }: VerificationReport): string {
  const widest = Math.max(...Object.keys(facts).map((name) => name.length), 0);
  return [
    ...Object.entries(facts).map(([name, fact]) => `${name.padEnd(widest + 2)}${fact}`),
    ...damages.map((damage) => `${'DAMAGE'.padEnd(widest + 2)}${describeDamage(damage)}`),
    sentence,
    '',
  ].join('\n');
}

/** For a program: one JSON object. */
export function formatReportAsJson({
  isSound,
  sentence,
  facts,
  damages,
}: VerificationReport): string {
  const members = new Map(Object.entries(facts).map(([name, fact]) => [memberOf(name), fact]));
  const named = damages.map((damage) => ({ ...damage, meaning: damageKinds[damage.kind] }));
  const report = {
    isSound,
    sentence,
    ...Object.fromEntries<string | number>(members),
    damages: named,
  };
  return `${JSON.stringify(report, null, 2)}\n`;
}

/** `root hash` for a person is `rootHash` for a program. */
function memberOf(name: string): string {
  return name.replace(/ (\w)/g, (_, letter: string) => letter.toUpperCase());
}

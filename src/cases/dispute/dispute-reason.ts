/** Why a customer disputes: the policy's words, as far as the customer's own words tell. */
const patterns: readonly (readonly [string, RegExp])[] = [
  [
    'unauthorized',
    /unauthori[sz]ed|(did ?n[o']?t|never) (make|made|do|authori[sz]e|approve|sign)|not (mine|me)|wasn'?t me|fraud|stolen|(do ?n[o']?t|not) recogni[sz]e|unknown (charge|payment)/i,
  ],
  ['duplicate', /twice|double|duplicate/i],
  [
    'not-received',
    /(never|not|didn'?t|haven'?t)( \w+)? (received?|arrived?|delivered|came|come|get|got)/i,
  ],
  ['credit-not-processed', /(refund|credit)( \w+){0,3} (not|never|missing)|no (refund|credit)/i],
  ['cancelled', /cancel/i],
  [
    'wrong-amount',
    /(wrong|incorrect|different|too (much|high)|over)[ -]?(amount|price|charged?|sum)?/i,
  ],
  ['not-as-described', /defective|broken|damaged|not as described|counterfeit|fake/i],
  ['cash-not-dispensed', /(atm|cash)( \w+){0,4} (not|no|less|never)/i],
];

/** The reason that the words name; `other` where they name none, null where there are no words. */
export function disputeReason(words: string | undefined): string | null {
  if (words === undefined || words.trim() === '') return null;
  return (
    patterns.find(([reason, pattern]) => reason === words || pattern.test(words))?.[0] ?? 'other'
  );
}

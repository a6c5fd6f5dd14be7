const CHARACTERS_MAX = 60;

const DOMAIN =
  /(?<![\p{L}\d@.-])((?:[\p{L}\d][\p{L}\d-]{1,40}\.){1,3}(?:com|net|org|shop|store|co\.uk|de|es|eu|io|app|uk|fr))(?![\p{L}\d])/iu;
const NAMED =
  /\b(?:merchant|shop|store|seller|company|retailer)(?: name)?(?: (?:is|was)(?: called| named)?| called| named|:) ["“]?([\p{L}\d][\p{L}\d&'’. -]{1,50}?)["”]?(?=[,.;!?\n]|$| and | on | for | in | took | charged )/iu;
const AFTER_PREPOSITION =
  /\b(?:at|from|by|to|with|against|called|bei|von|en) (?:the )?["“]?((?:\p{Lu}[\p{L}\d&'’-]{1,30}|\d{1,4}-\p{Lu}\p{L}+)(?: (?:&|\p{Lu}[\p{L}\d&'’-]{0,30})){0,3})/gu;

/** Capital letters that name times, places and ourselves, not shops. */
const NOT_A_MERCHANT =
  /^(?:I|My|The|Jan|Feb|Mar|Apr|May|June?|July?|Aug|Sep|Oct|Nov|Dec|January|February|March|April|August|September|October|November|December|Mon|Tue|Wed|Thu|Fri|Sat|Sun|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday|Las Vegas|Vegas|New York|London|Paris|Berlin|Madrid|Miami|Texas|Nevada|Brazil|Mexico|Boston|Chicago|Ohio|California|San Francisco|Europe|Germany|Spain|Italy|France|US|USA|UK|EU|ATM|PIN|OTP|USD|EUR|GBP|CFPB|FCA|Zelle|Probity)$/;

/** Finds the name of a merchant: a web shop's domain, one that is called so, or a name after "at" or "from". */
export function findMerchant(text: string): string | null {
  const domain = DOMAIN.exec(text)?.[1];
  if (domain !== undefined) return domain.slice(0, CHARACTERS_MAX);
  const named = NAMED.exec(text)?.[1]?.trim();
  if (named !== undefined && !/^(?:not|a|the|very|so)\b/i.test(named)) {
    return named.slice(0, CHARACTERS_MAX);
  }
  for (const match of text.matchAll(AFTER_PREPOSITION)) {
    const name = match[1] ?? '';
    const [first = ''] = name.split(' ');
    if (NOT_A_MERCHANT.test(name) || NOT_A_MERCHANT.test(first)) continue;
    return name.slice(0, CHARACTERS_MAX);
  }
  return null;
}

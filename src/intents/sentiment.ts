const CHARACTERS_MAX = 2000;
/** How far back a "not" reaches. */
const NEGATION_WORDS = 3;
/** Sum of weights at which the scale is nearly used up: three strong words. */
const SATURATION = 4;

const weighted = (list: string, weight: number): [string, number][] =>
  list.split(' ').map((word) => [word, weight]);

/** Words with a feeling in a bank's correspondence; -2 and 2 are the strongest. */
const LEXICON: ReadonlyMap<string, number> = new Map([
  ...weighted(
    'furious outraged outrageous disgusting disgusted appalling scandal scandalous unacceptable horrible terrible awful worst hate idiots incompetent scam scammers crooks criminals useless pathetic ridiculous livid fuming disgrace shameful hell damn fucking fuck shit bullshit',
    -2,
  ),
  ...weighted(
    'angry annoyed annoying frustrated frustrating upset disappointed disappointing unhappy worried worry scared afraid panic panicking stressed stress bad poor slow wrong error fail failed failing broken problem problems issue stolen robbed fraud hacked lost stuck rejected declined refused complaint complain sue lawyer ignored rude nobody never fed tired ashamed unfair mistake missing desperate wütend ärgerlich schlecht enfadado molesto terrible',
    -1,
  ),
  ...weighted(
    'good nice fine happy glad pleased helpful kind quick fast easy appreciate appreciated thanks thank thankyou cheers resolved solved works worked better gracias danke',
    0.8,
  ),
  ...weighted(
    'great excellent amazing awesome love loved wonderful perfect fantastic brilliant delighted superb best',
    1.6,
  ),
]);
const NEGATIONS = new Set(
  "not no never n't don't doesn't didn't isn't wasn't can't won't hardly nicht kein keine".split(
    ' ',
  ),
);
const BOOSTERS: ReadonlyMap<string, number> = new Map([
  ...weighted('very really extremely absolutely so totally completely utterly sehr muy', 1.5),
  ...weighted('slightly somewhat bit little', 0.6),
]);

function wordWeight(words: readonly string[], at: number): number {
  const weight = LEXICON.get(words[at] ?? '') ?? 0;
  if (weight === 0) return 0;
  const before = words.slice(Math.max(0, at - NEGATION_WORDS), at);
  const boost = BOOSTERS.get(before.at(-1) ?? '') ?? 1;
  // "Not good" is bad; "not bad" is only not bad.
  const turned = before.some((word) => NEGATIONS.has(word)) ? (weight > 0 ? -0.8 : -0.3) : 1;
  return weight * boost * turned;
}

/** Scores the mood of a message from -1 to 1 by a weighted word list with negation, shouting and boosters. */
export function scoreSentiment(message: string): number {
  const text = message.slice(0, CHARACTERS_MAX);
  const words = text.toLowerCase().match(/[\p{L}']+/gu) ?? [];
  let sum = words.reduce((total, _, at) => total + wordWeight(words, at), 0);
  const letters = text.replace(/[^\p{L}]/gu, '');
  const shouting = letters.length > 12 && letters === letters.toUpperCase();
  if (shouting || /!{2,}/.test(text)) sum += sum > 0 ? 0.5 : -0.8;
  const score = Math.tanh((2 * sum) / SATURATION);
  return Math.round(score * 100) / 100;
}

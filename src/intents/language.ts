const CHARACTERS_MAX = 600;
const UNDETERMINED = 'und';

const words = (list: string): ReadonlySet<string> => new Set(list.split(' '));

/** Words that one language uses all the time and the others hardly ever. */
const COMMON: Readonly<Record<string, ReadonlySet<string>>> = {
  en: words(
    'the my is i to and a of in it you do what have can please not this that was how for on with account card balance money charge help payment show want need me did why when where are be hi hello thanks',
  ),
  es: words(
    'el la los las mi de que y en un una no es por favor cuál cuánto cuanto tengo quiero cuenta tarjeta saldo dinero hola gracias cargo necesito puedo mis del con para hay yo me se su qué cómo pago robaron',
  ),
  de: words(
    'der die das ich nicht ist und mein meine meinem meiner konto karte wie wo bitte ein eine auf mit für habe wurde kontostand geld von zu den dem es sie kann möchte hallo danke noch abbuchung zahlung jemand',
  ),
  fr: words(
    'le les mon ma je ne pas est et un une compte carte solde argent bonjour merci combien quel quelle voudrais paiement pour avec sur vous ai été du des au que qui mes cette',
  ),
  it: words(
    'il lo gli mio mia è sono non un una conto carta saldo soldi ciao grazie quanto quale vorrei pagamento per con che di ho della del questo',
  ),
  pt: words(
    'o os as meu minha não é um uma conta cartão saldo dinheiro olá obrigado obrigada quanto qual quero pagamento para com que eu da do em na',
  ),
  nl: words(
    'het een mijn ik niet is en rekening kaart saldo geld hallo bedankt hoeveel wat wil betaling voor met op van de dat heb kan naar',
  ),
};

/** The languages that use a word all the time. */
const LANGUAGES_BY_WORD = new Map<string, string[]>();
for (const [language, common] of Object.entries(COMMON)) {
  for (const word of common) {
    LANGUAGES_BY_WORD.set(word, [...(LANGUAGES_BY_WORD.get(word) ?? []), language]);
  }
}

const SCRIPTS: readonly [RegExp, string][] = [
  [/[\u3040-\u30ff]/, 'ja'],
  [/[\u4e00-\u9fff]/, 'zh'],
  [/[\uac00-\ud7af]/, 'ko'],
  [/[\u0600-\u06ff]/, 'ar'],
  [/[\u0900-\u097f]/, 'hi'],
  [/[\u0590-\u05ff]/, 'he'],
  [/[\u0370-\u03ff]/, 'el'],
  [/[\u0400-\u04ff]/, 'ru'],
];

const LETTERS: readonly [RegExp, string][] = [
  [/[ñ¿¡]/, 'es'],
  [/[äöüß]/, 'de'],
  [/[çœêû]/, 'fr'],
  [/[ãõ]/, 'pt'],
];

/**
 * Tells the language of a message by its commonest words (Latin script) or by its script: ISO 639-1,
 * `und` where nothing tells. Short messages without a common word are taken for English if ASCII.
 */
export function detectLanguage(message: string): string {
  const text = message.slice(0, CHARACTERS_MAX).toLowerCase();
  for (const [script, language] of SCRIPTS) if (script.test(text)) return language;
  const scores = new Map<string, number>();
  const add = (language: string, points: number) =>
    scores.set(language, (scores.get(language) ?? 0) + points);
  for (const word of text.match(/[\p{L}']+/gu) ?? []) {
    for (const language of LANGUAGES_BY_WORD.get(word) ?? []) add(language, 1);
  }
  for (const [letters, language] of LETTERS) if (letters.test(text)) add(language, 1.5);
  const [best] = [...scores].sort(([, one], [, other]) => other - one);
  if (best !== undefined) return best[0];
  return /[a-z]/.test(text) && /^[\0-\x7f\u2018-\u201d]*$/.test(text) ? 'en' : UNDETERMINED;
}

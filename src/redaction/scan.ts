import { foldText, type FoldedText } from './fold-text.js';

/** What a token is made of. A `mark` is one character that is neither letter, digit nor space. */
export type TokenKind = 'word' | 'digits' | 'space' | 'mark' | 'end';

/** A stretch of the folded text. */
export interface Token {
  readonly kind: TokenKind;
  readonly start: number;
  readonly end: number;
}

const END: Token = { kind: 'end', start: -1, end: -1 };
const NEITHER_SIDE = -1;

function kindOf(code: number, character: string): TokenKind {
  if (code >= 48 && code <= 57) return 'digits';
  if ((code >= 97 && code <= 122) || (code >= 65 && code <= 90)) return 'word';
  if (code === 32 || (code >= 9 && code <= 13)) return 'space';
  if (code < 128) return 'mark';
  return /\p{L}/u.test(character) ? 'word' : 'mark';
}

/**
 * A folded text cut into tokens once. Recognisers walk the tokens and may look only a bounded
 * number of them ahead or back, so the whole is linear by construction; every look is counted in
 * `steps`, and a test holds the count, not the clock, against the length.
 */
export class Scan {
  readonly folded: FoldedText;
  /** Looks taken so far; grows with the length of the text and with nothing else. */
  steps = 0;
  private readonly tokens: readonly Token[];

  constructor(text: string | FoldedText) {
    this.folded = typeof text === 'string' ? foldText(text) : text;
    this.tokens = this.cut();
  }

  get length(): number {
    return this.tokens.length;
  }

  at(index: number): Token {
    this.steps += 1;
    return this.tokens[index] ?? END;
  }

  /** The token in lower case. */
  lower(token: Token): string {
    return this.folded.lower.slice(token.start, token.end);
  }

  /** One character of the folded text, or the empty string outside of it. */
  character(index: number): string {
    this.steps += 1;
    return index < 0 ? '' : this.folded.text.charAt(index);
  }

  text(start: number, end: number): string {
    return this.folded.text.slice(Math.max(0, start), end);
  }

  lowerText(start: number, end: number): string {
    return this.folded.lower.slice(Math.max(0, start), end);
  }

  private cut(): Token[] {
    const { text } = this.folded;
    const tokens: Token[] = [];
    let start = 0;
    let open: TokenKind | null = null;
    for (let index = 0; index <= text.length; index += 1) {
      this.steps += 1;
      const kind =
        index === text.length ? 'end' : kindOf(text.charCodeAt(index), text.charAt(index));
      if (open !== null && (kind !== open || kind === 'mark')) {
        tokens.push({ kind: open, start, end: index });
        start = index;
      }
      open = kind;
    }
    return tokens;
  }
}

/** Says whether a place in the text touches a letter or a digit on the given side. */
export function touchesWord(scan: Scan, index: number): boolean {
  return index > NEITHER_SIDE && /^[\p{L}\d_]$/u.test(scan.character(index));
}

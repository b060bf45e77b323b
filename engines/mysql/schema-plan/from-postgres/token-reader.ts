/** Reads the tokens of an expression one after another. */
import { NotTranslated, type Token, tokensOf } from './tokens.ts';

const end: Token = { kind: 'end', text: '' };

export class Tokens {
  readonly #tokens: readonly Token[];
  #at = 0;

  /** Throws NotTranslated for a text that has no tokens. */
  constructor(sql: string) {
    this.#tokens = tokensOf(sql);
  }

  get isAtEnd(): boolean {
    return this.peek().kind === 'end';
  }

  peek(): Token {
    return this.#tokens[this.#at] ?? end;
  }

  next(): Token {
    const token = this.peek();
    this.#at += 1;
    return token;
  }

  /** Takes a keyword, in any case. */
  takeWord(word: string): boolean {
    const { kind, text } = this.peek();
    return this.#takeIf(kind === 'name' && text.toLowerCase() === word);
  }

  takeSign(sign: string): boolean {
    const { kind, text } = this.peek();
    return this.#takeIf(kind === 'sign' && text === sign);
  }

  /** Takes an operator that is wanted, and returns it. */
  takeOperator(isWanted: (text: string) => boolean): string | undefined {
    const { kind, text } = this.peek();
    return this.#takeIf(kind === 'operator' && isWanted(text)) ? text : undefined;
  }

  expectWord(word: string): void {
    if (!this.takeWord(word)) throw this.notUnderstood();
  }

  expectSign(sign: string): void {
    if (!this.takeSign(sign)) throw this.notUnderstood();
  }

  notUnderstood({ kind, text } = this.peek()): NotTranslated {
    return new NotTranslated(kind === 'end' ? 'the expression ends too early' : `'${text}' is not understood here`);
  }

  #takeIf(isWanted: boolean): boolean {
    if (isWanted) this.#at += 1;
    return isWanted;
  }
}

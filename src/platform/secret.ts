import { inspect } from 'node:util';

const mask = '[secret]';

/** A value that must not be printed: it shows as `[secret]` in text, JSON, logs and the inspector. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** Gives the clear value; call it only where the value leaves for its use. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return mask;
  }

  toJSON(): string {
    return mask;
  }

  [inspect.custom](): string {
    return mask;
  }
}

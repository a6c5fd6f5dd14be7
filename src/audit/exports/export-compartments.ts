import { Injectable } from '@nestjs/common';

/**
 * Events that an ordinary export does not show: contexts that keep a compartment (suspicious activity
 * reports, 31 U.S.C. 5318(g)(2)) name the beginnings of its event types in `onModuleInit`. None does
 * by itself.
 */
@Injectable()
export class ExportCompartments {
  readonly #prefixes: string[] = [];

  /** @param typePrefix for instance `sar.` */
  withhold(typePrefix: string): void {
    this.#prefixes.push(typePrefix);
  }

  isWithheld(type: string): boolean {
    return this.#prefixes.some((prefix) => type.startsWith(prefix));
  }
}

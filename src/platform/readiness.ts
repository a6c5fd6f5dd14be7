/** Whether this process still wants traffic; `/health/ready` answers 503 from the first signal on. */
export class Readiness {
  #draining = false;

  get isDraining(): boolean {
    return this.#draining;
  }

  beginDrain(): void {
    this.#draining = true;
  }
}

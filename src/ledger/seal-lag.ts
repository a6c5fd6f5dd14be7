const bucketMilliseconds = 5;
const bucketsMax = 2_000;

/** How long events waited from commit to the signed checkpoint that covers them, in 5 ms steps up to 10 s. */
export class SealLag {
  readonly #counts = new Uint32Array(bucketsMax);
  #total = 0;

  record(milliseconds: number): void {
    const bucket = Math.floor(Math.max(0, milliseconds) / bucketMilliseconds);
    const place = Math.min(bucketsMax - 1, bucket);
    this.#counts[place] = (this.#counts[place] ?? 0) + 1;
    this.#total += 1;
  }

  get count(): number {
    return this.#total;
  }

  /** Upper edge of the step that holds the quantile, in milliseconds; 0 without samples. */
  quantile(share: number): number {
    let rest = Math.ceil(this.#total * share);
    for (const [bucket, count] of this.#counts.entries()) {
      rest -= count;
      if (rest <= 0 && this.#total > 0) return (bucket + 1) * bucketMilliseconds;
    }
    return 0;
  }

  reset(): void {
    this.#counts.fill(0);
    this.#total = 0;
  }
}

import { setTimeout as sleep } from 'node:timers/promises';

import type { AuditEventDraft } from '../audit-event.js';
import { isQuorumReached, type NoteVerifier, type Quorum } from '../tree/index.js';
import type { CosignatureStore } from './cosignature-store.js';
import type { SignedHead, WitnessClient, WitnessedLog, WitnessOutcome } from './witness-client.js';
import { WitnessWatch } from './witness-watch.js';

/** What happens to a checkpoint that too few witnesses cosign: it is not published, or it is, bare. */
export const quorumFailures = ['closed', 'open'] as const;
export type QuorumFailure = (typeof quorumFailures)[number];

export interface CosigningParts {
  readonly store: CosignatureStore;
  readonly clients: readonly WitnessClient[];
  readonly quorum: Quorum;
  readonly failure: QuorumFailure;
  readonly intervalMilliseconds: number;
  /** The log's keys, newest first. */
  readonly verifiers: () => readonly NoteVerifier[];
  /** Only beside the active sealer: one process asks. */
  readonly isActive: () => boolean;
  /** Records an event. */
  readonly report: (event: AuditEventDraft) => Promise<void>;
  readonly onOutcome: (witness: string, kind: WitnessOutcome['kind']) => void;
  readonly onFault: (error: unknown) => void;
}

interface Round {
  readonly head: SignedHead;
  readonly cosignedBy: NoteVerifier[];
  isPublished: boolean;
}

/**
 * Asks witnesses to cosign the newest checkpoint, and publishes it once enough of them have. Runs
 * beside the sealer and never in its way: a witness that is slow is left out until it has answered,
 * and the others go on.
 */
export class Cosigning {
  readonly #watch = new WitnessWatch();
  readonly #busy = new Map<WitnessClient, Promise<void>>();
  #stop = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #publishedSize = 0;
  #waitingSince: number | null = null;
  #hasRemembered = false;

  constructor(private readonly parts: CosigningParts) {}

  start(): void {
    this.#stop = new AbortController();
    this.#running = this.#run();
  }

  /** What is under way is waited for: at the longest as long as a witness may take. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    await Promise.all(this.#busy.values());
  }

  /** As far as this process has seen. */
  get publishedSize(): number {
    return this.#publishedSize;
  }

  /** Witnesses that hold another history than this log's. */
  get conflicts(): number {
    return this.#watch.conflicts;
  }

  /** For how long the newest checkpoint has waited for its quorum; 0 where none waits. */
  get waitingMilliseconds(): number {
    return this.#waitingSince === null ? 0 : performance.now() - this.#waitingSince;
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      try {
        if (this.parts.isActive()) await this.#beginRound();
        else this.#waitingSince = null;
      } catch (error) {
        this.parts.onFault(error);
      }
      const { intervalMilliseconds } = this.parts;
      await sleep(intervalMilliseconds, undefined, { signal: this.#stop.signal }).catch(() => null);
    }
  }

  async #beginRound(): Promise<void> {
    await this.#remember();
    const head = await this.parts.store.newest();
    if (!head) return;
    if (head.isPublished) {
      this.#notePublished(head.treeSize);
      return;
    }
    this.#waitingSince ??= performance.now();
    const idle = this.parts.clients.filter((client) => !this.#busy.has(client));
    const round: Round = { head, cosignedBy: [], isPublished: false };
    const asked = idle.map((client) => {
      const asking = this.#ask(client, round).finally(() => this.#busy.delete(client));
      this.#busy.set(client, asking);
      return asking;
    });
    if (this.parts.failure === 'open' && asked.length > 0) void this.#failOpen(round, asked);
  }

  async #remember(): Promise<void> {
    if (this.#hasRemembered) return;
    for (const client of this.parts.clients) {
      client.rememberSize(await this.parts.store.lastCosignedSize(client.address.verifier));
    }
    this.#hasRemembered = true;
  }

  async #ask(client: WitnessClient, round: Round): Promise<void> {
    try {
      const outcome = await client.cosign(round.head, this.#log());
      await this.#take(client, round, outcome);
    } catch (error) {
      this.parts.onFault(error);
    }
  }

  async #take(client: WitnessClient, round: Round, outcome: WitnessOutcome): Promise<void> {
    const { name, verifier } = client.address;
    const { treeSize } = round.head;
    this.parts.onOutcome(name, outcome.kind);
    if (outcome.kind === 'cosigned') {
      await this.parts.store.add(treeSize, outcome.signature);
      round.cosignedBy.push(verifier);
      if (isQuorumReached(this.parts.quorum, round.cosignedBy)) await this.#publish(round);
    }
    const news = this.#watch.judge({ witness: name, treeSize, now: performance.now() }, outcome);
    if (news) await this.parts.report(news);
  }

  async #publish(round: Round): Promise<void> {
    if (round.isPublished) return;
    round.isPublished = true;
    await this.parts.store.publish(round.head.treeSize);
    this.#notePublished(round.head.treeSize);
  }

  #notePublished(treeSize: number): void {
    this.#publishedSize = Math.max(this.#publishedSize, treeSize);
    this.#waitingSince = null;
  }

  /** Every witness has had its time: the checkpoint goes out with the cosignatures it has. */
  async #failOpen(round: Round, asked: readonly Promise<void>[]): Promise<void> {
    await Promise.all(asked);
    await this.#publish(round).catch(this.parts.onFault);
  }

  #log(): WitnessedLog {
    const { store, verifiers } = this.parts;
    return {
      prove: (first, second) => store.prove(first, second),
      newestSize: async () => (await store.newest())?.treeSize ?? 0,
      verifiers,
    };
  }
}

import type { OpenedCheckpoint } from '../tree/index.js';
import type { BundleManifest } from './bundle.js';
import type { Damage, DamageKind } from './damage.js';
import type { TarFile } from './tar.js';

/** An event that the bundle shows to stand in the log. */
export interface ShownEvent {
  readonly leafIndex: number;
  readonly id: string;
  readonly recordedAt: string;
  readonly text: string;
}

/** What both kinds of bundle are checked by. */
export interface BundleCheck {
  /** Takes a file of the bundle; told in the order of the archive. */
  take(file: TarFile): void;
  /** Called once, when all files have been read and the manifest is known. */
  finish(manifest: BundleManifest): void;
}

/** What a check tells: damage, and the events it has met. */
export interface BundleFindings {
  readonly damage: (kind: DamageKind, where?: Partial<Omit<Damage, 'kind'>>) => void;
  readonly show: (event: ShownEvent) => void;
  /** Null where it is missing or not signed by the log. */
  readonly checkpoint: () => OpenedCheckpoint | null;
}

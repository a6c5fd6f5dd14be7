/** What the verifier can find, each with a sentence for the operator. */
export const damageKinds = {
  entry_missing: 'An entry is missing',
  entry_changed: 'The entry is not the one that its leaf hash was made of',
  entry_out_of_place: 'The entry is not the one that was chained here: moved, replaced or inserted',
  entry_repeated: 'The event stands in more than one entry',
  event_missing: 'The event of the entry, or of the queue, is missing',
  event_changed: 'The event is not the one that was recorded',
  event_forged: 'The event was not recorded by this service: its MAC does not fit',
  columns_changed: 'A column beside the event says something else than the event',
  event_unqueued: 'The event is neither sealed nor waiting for the sealer',
  tile_missing: 'A tile is missing',
  tile_changed: 'A tile does not hold the hashes of its entries',
  head_changed: 'The sealer’s head is not the one its entries lead to',
  log_truncated: 'The log is shorter than a checkpoint that was signed or verified before says',
  origin_changed: 'This is another log than the one that was verified before',
  checkpoint_missing: 'There is no checkpoint',
  checkpoint_forged: 'A checkpoint is not signed by a key of this log',
  checkpoint_out_of_time: 'No key that was in use when it was signed signed the checkpoint',
  checkpoint_contradicted: 'A signed checkpoint has another root than its entries lead to',
  cosignature_forged:
    'A stored cosignature is not one of the witness that it names over the checkpoint it stands for',
  index_commitment_false: 'A commitment to the index is not what its entries lead to',
  bundle_broken: 'The bundle is cut off, or no archive of plain files',
  file_missing: 'A file of the bundle is missing',
  file_changed: 'A file of the bundle is not the one that its manifest names',
  file_unexpected: 'The bundle holds a file that it may not, or holds it twice',
  file_malformed: 'A file of the bundle is not what its name says',
  manifest_forged:
    'The manifest is not signed by a key of this log, or says something else than the bundle',
  proof_wrong: 'A proof does not lead to the checkpoint',
  archive_missing: 'The archive of entries that left the database is missing',
  archive_changed: 'The archive is not the one that the log names',
  edge_open: 'The entries end within the period: what follows may belong to it',
  list_incomplete: 'The list of events is not shown to be complete',
  receipt_forged: 'A receipt is not signed by a key of this log',
  receipt_broken: 'The log promised this event by a receipt and does not hold it as it was',
  checkpoint_unwitnessed: 'Fewer witnesses cosigned the checkpoint than the policy asks for',
} as const;

export type DamageKind = keyof typeof damageKinds;

/** One place that is not as it was written. */
export interface Damage {
  readonly kind: DamageKind;
  readonly leafIndex: number | null;
  readonly eventId: string | null;
  /** In a bundle. */
  readonly file?: string;
}

/** How many places are named; one is enough to fail, a thousand help nobody. */
export const damagesMax = 20;

export function describeDamage({ kind, leafIndex, eventId, file }: Damage): string {
  const where = [
    ...(leafIndex === null ? [] : [`index ${leafIndex}`]),
    ...(eventId === null ? [] : [`event ${eventId}`]),
    ...(file === undefined ? [] : [`file ${file}`]),
  ];
  return `${kind}${where.length === 0 ? '' : ` at ${where.join(', ')}`}: ${damageKinds[kind]}.`;
}

import { defineProblems } from '../platform/index.js';

/** States of the log in which a proof cannot be given. */
export const auditProblems = defineProblems({
  'proof.size_unknown': {
    status: 400,
    title: 'No checkpoint of this size',
    when: 'A tree size was asked for that no published checkpoint has.',
  },
  'proof.not_yet_sealed': {
    status: 409,
    title: 'Not yet covered by a checkpoint',
    when: 'The event is recorded, but the checkpoint asked for does not cover it yet.',
  },
  'proof.index_not_committed': {
    status: 409,
    title: 'No commitment to the index yet',
    when: 'Completeness was asked for before a checkpoint covers a commitment to the index.',
  },
  'log.entries_pruned': {
    status: 410,
    title: 'The entries are in the archive',
    when: 'Entries were asked for that expired and left the log, or a list that needs them; their hashes stay.',
  },
  'pruning.not_expired': {
    status: 409,
    title: 'Still to be kept',
    when: 'The oldest stretch of the log was to be let go before all its entries expired; the detail names the date.',
  },
  'pruning.held': {
    status: 409,
    title: 'Kept by a legal hold',
    when: 'The oldest stretch of the log was to be let go, and a legal hold names an entry of it.',
  },
  'pruning.no_archive': {
    status: 409,
    title: 'No folder for archives',
    when: 'Entries were to be let go by a service without PROBITY_ARCHIVE_DIR.',
  },
  'pruning.not_ready': {
    status: 409,
    title: 'No whole stretch to let go',
    when: 'The oldest stretch of the log is still being filled, or no checkpoint or committed index covers it yet.',
  },
  'proof.too_many_events': {
    status: 422,
    title: 'Too many events for one answer',
    when: 'A subject or case has more events than one proof carries; an export carries them all.',
  },
});

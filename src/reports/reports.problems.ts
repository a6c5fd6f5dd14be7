import { defineProblems } from '../platform/index.js';

/** Problems of compliance reports. */
export const reportProblems = defineProblems({
  'report.not_ready': {
    status: 409,
    title: 'Report is not ready',
    when: 'A file is asked for before the report was computed, or after its computation failed.',
  },
  'report.format_unavailable': {
    status: 400,
    title: 'Format not available',
    when: 'The report was not asked for in this format, or the format is not offered.',
  },
});

import { defineProblems } from '../../platform/index.js';

/** States of an export in which its bundle cannot be had. */
export const exportProblems = defineProblems({
  'export.not_ready': {
    status: 409,
    title: 'The bundle is not ready',
    when: 'An export was to be downloaded that is still being prepared.',
  },
  'export.failed': {
    status: 409,
    title: 'The bundle could not be made',
    when: 'An export was to be downloaded that failed; its status says why.',
  },
  'export.expired': {
    status: 410,
    title: 'The bundle has expired',
    when: 'An export was to be downloaded whose file has been deleted.',
  },
});

/**
 * Compliance reports. It reads the sealed log up to a signed checkpoint and tells what it found, with
 * counts and samples that anybody can recompute. It never says "compliant".
 */
export { allChecks, computeReport } from './compute-report.js';
export { ReportsModule } from './reports.module.js';

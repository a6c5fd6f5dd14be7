import { readFileSync } from 'node:fs';

import type { Config } from '../../platform/index.js';
import {
  isQuorumReached,
  type NoteVerifier,
  parseWitnessPolicy,
  type WitnessPolicy,
  WitnessPolicyError,
} from '../tree/index.js';
import type { WitnessAddress } from './witness-client.js';

/** Who cosigns the log's checkpoints, and what is asked of them. */
export interface WitnessSettings {
  readonly quorum: WitnessPolicy['quorum'];
  /** Those that the policy gives an address of. */
  readonly witnesses: readonly WitnessAddress[];
  /** Of all that the policy names: one without an address is asked no more, but its word stands. */
  readonly verifiers: readonly NoteVerifier[];
}

const noWitnesses: WitnessSettings = { quorum: { kind: 'none' }, witnesses: [], verifiers: [] };

/**
 * Reads the policy file (C2SP tlog-policy) that the configuration names; without one, nobody is asked.
 *
 * @throws WitnessPolicyError where the file is malformed, speaks of another log, or asks for more
 *   witnesses than it gives addresses of: no checkpoint would ever be published.
 */
export function loadWitnessSettings(config: Config): WitnessSettings {
  const { witnessPolicyFile, witnessTimeoutMilliseconds, logOrigin } = config;
  if (witnessPolicyFile === null) return noWitnesses;
  const { logs, witnesses, quorum } = parseWitnessPolicy(readFileSync(witnessPolicyFile, 'utf8'));
  if (logs.length > 0 && !logs.some(({ verifier }) => verifier.name === logOrigin)) {
    throw new WitnessPolicyError(`The witness policy does not name the log ${logOrigin}`);
  }
  const addresses = witnesses.flatMap(({ name, verifier, url }) => {
    if (url === null) return [];
    if (!/^https?:$/.test(URL.canParse(url) ? new URL(url).protocol : '')) {
      throw new WitnessPolicyError(`The address of witness ${name} is none`);
    }
    return [{ name, verifier, url, timeoutMilliseconds: witnessTimeoutMilliseconds }];
  });
  const askable = addresses.map(({ verifier }) => verifier);
  if (!isQuorumReached(quorum, askable)) {
    throw new WitnessPolicyError('The quorum needs witnesses that the policy gives no address of');
  }
  const verifiers = witnesses.map(({ verifier }) => verifier);
  return { quorum, witnesses: addresses, verifiers };
}

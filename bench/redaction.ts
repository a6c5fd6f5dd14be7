import { redact, redactionKinds } from '../src/redaction/index.js';

/** Characters of processed text for each second of one core's time, and what twice the text takes. */
export interface RedactionBench {
  readonly cleanMbPerSecond: number;
  readonly everyKindMbPerSecond: number;
  readonly plantedMbPerSecond: number;
  readonly twiceTheTextTakes: number;
}

const ROUNDS = 5;
const CHARACTERS = 500_000;
const MICROSECONDS = 1e6;
const BYTES_PER_MB = 1e6;

const CLEAN = [
  "I see a $500 charge I didn't make at the shoe shop on 2026-01-15, please help me!",
  'What is my balance? Order #123-4567890-1234567 has not come either.',
  'The gym charged me 49.99 twice on March 3rd and I would like to have it back.',
  'We ordered a table online, paid right away, and since then the company puts us off from week to week.',
];
const PLANTED = [
  'my card 4000 0000 0008 1234 cvv 987 was used in Vegas',
  'call me at +1 415 555 0134 or jo@example.org, my ssn is 219-09-9998',
];

function textOf(messages: readonly string[], characters: number): string {
  const once = messages.join('\n') + '\n';
  return once.repeat(Math.ceil(characters / once.length)).slice(0, characters);
}

/** Seconds of processor time, the best of some rounds: other work on the machine does not count. */
function secondsFor(run: () => void): number {
  let best = Infinity;
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, (user + system) / MICROSECONDS);
  }
  return best;
}

/** Messages as they come, one at a time, and one text in which every look has to stay within its bounds. */
export function runRedactionBench(): RedactionBench {
  const speed = (messages: readonly string[], kinds?: typeof redactionKinds): number => {
    const repeated = Math.ceil(CHARACTERS / messages.join('').length);
    const seconds = secondsFor(() => {
      for (let round = 0; round < repeated; round += 1) {
        for (const message of messages) redact(message, kinds === undefined ? {} : { kinds });
      }
    });
    return (repeated * Buffer.byteLength(messages.join(''))) / BYTES_PER_MB / seconds;
  };
  const text = textOf([...CLEAN, ...PLANTED], CHARACTERS);
  const once = secondsFor(() => redact(text.slice(0, CHARACTERS / 2), { kinds: redactionKinds }));
  const twice = secondsFor(() => redact(text, { kinds: redactionKinds }));
  return {
    cleanMbPerSecond: speed(CLEAN),
    everyKindMbPerSecond: speed(CLEAN, redactionKinds),
    plantedMbPerSecond: speed([...CLEAN, ...PLANTED], redactionKinds),
    twiceTheTextTakes: twice / once,
  };
}

/** Numbers that are nobody's secret, as customers write them. */
const NUMBERS = [
  'order 4912345678901235', 'order number 8812345678901', 'Order #123-4567890-1234567', 'order 2026-000123456',
  'tracking 1Z999AA10123456784', 'tracking number 9400111899223197428490', 'parcel 00340434161094042557',
  'reference FT26012345678901', 'ref 7788990011', 'invoice INV-2026-004417', 'case DISP-2026-0001',
  'ticket 550e8400-e29b-41d4-a716-446655440000', 'transaction 0f9a7b6c5d4e3f2a', 'receipt 1790000000000',
  '1234 5678 9012 3456', '4000 0000 0008 1235', '4000000000081230', '5105-1051-0510-5101', '378282246310006',
  '$1,234.56', '2,450.32 USD', '€ 12.345,67', '£9,000.00', '500 dollars', '1.000.000 yen', '-45.67',
  '2026-01-15', '15/01/2026', '01-15-2026', '15.01.2026', '2026-01-15T10:30:00Z', 'Jan 15 2026 at 10:30',
  '2026-01-15 2026-01-16', 'between 12/24/2025 and 01/02/2026', '09:15 - 17:30',
  '+1 415 555 0134', '(415) 555-0134', '415-555-0134', '+49 151 23456789', '+44 20 7946 0958', '0049 30 901820',
  '415 555 0134 or 415 555 0178', 'account ending 56', 'card ending 1234', 'card **** 1234', 'the card ending in 9012',
  'sort code 20-00-00', 'routing number 021000021', 'zip code 94105', 'postal code 75008', 'area code 415',
  'error code 500123', 'error code 404', 'promo code 202615', 'version 1.2.3.4', '192.168.10.254', 'BIC DEUTDEFF500',
  'EAN 4006381333931', 'ISBN 978-3-16-148410-0', 'IMEI 490154203237518', 'customer number 100001',
  'sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08', 'tx 0x5c504ed432cb51138bcf09aa5e8a410dd4a1e204ef84bfed1be16dfba1b22060',
  'my PIN was declined 3 times', 'the CVV has 3 digits', 'the security code is 3 or 4 digits long',
  'I changed my pin in 2024', 'my password is not working', 'password was reset yesterday', 'is my password expired',
  'the code never arrived', 'my code expired after 10 minutes', 'I got 2 codes in 5 minutes', 'cvv was rejected for the $500 payment',
  'flight LH 4711', 'apartment 1204, 350 5th Avenue', 'score 3-2-1', '12 34 56', '10 000 000', 'page 219-09-99',
]; // prettier-ignore

const FRAMES = [
  (number: string) => number,
  (number: string) => `Hello, I have a question about ${number}, can you help?`,
  (number: string) => `It says ${number} on my statement. Why?`,
  (number: string) => `${number} - what is that`,
  (number: string) => `I called last week about ${number} and nobody answered.`,
  (number: string) => `please look at\n${number}\nthank you, Sam`,
];

const PROSE = [
  'I would like to know what my balance is after the last payment went through this morning.',
  'Someone bought shoes with my card in a town where I have never been in my whole life!',
  'Please freeze everything, I left my wallet on the train between Leeds and York.',
  'I bought bread milk eggs cheese butter apples and then the terminal said declined.',
  'Why must I verify my identity again, I did that when opening the account last spring?',
  'My password stopped working, the reset mail never comes and I am locked out since Monday.',
  'What documents do you need to raise a dispute, and how long will this take?',
  'The PIN pad at the gas station ate my card.',
  'Ich habe eine Abbuchung, die ich nicht kenne.',
  'No reconozco este cargo de mi tarjeta.',
  'I never got the code you said you would send, can you send another code please?',
  'Should I move my savings into bonds or keep them where they are?',
];

export function cleanMessages(): string[] {
  return [...NUMBERS.flatMap((number) => FRAMES.map((frame) => frame(number))), ...PROSE];
}

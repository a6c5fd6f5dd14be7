/** A message with a secret in it, and the secret as it was written. */
export interface PlantedMessage {
  readonly text: string;
  readonly secret: string;
}

const charactersOf = (text: string) => Array.from(text, (character) => character);

const luhnDigit = (digits: string): string => {
  const sum = charactersOf(digits)
    .toReversed()
    .map(Number)
    .map((digit, index) => (index % 2 === 0 ? (digit * 2 > 9 ? digit * 2 - 9 : digit * 2) : digit))
    .reduce((total, digit) => total + digit, 0);
  return String((10 - (sum % 10)) % 10);
};

const withCheckDigit = (digits: string): string => digits + luhnDigit(digits);

/** One number per scheme and length, with a body that is nobody's. */
const CARDS = [
  ['4000', 16],
  ['4929', 16],
  ['4222', 13],
  ['4917', 19],
  ['5105', 16],
  ['5555', 16],
  ['2221', 16],
  ['2720', 16],
  ['3782', 15],
  ['3411', 15],
  ['3056', 14],
  ['3600', 14],
  ['6011', 16],
  ['6500', 16],
  ['3530', 16],
  ['6200', 19],
  ['6304', 12],
  ['5018', 13],
  ['6759', 18],
  ['2200', 16],
  ['9792', 16],
].map(([prefix, length]) =>
  withCheckDigit(
    (String(prefix) + '000123987650042')
      .padEnd(Number(length) - 1, '7')
      .slice(0, Number(length) - 1),
  ),
);

const inFours = (digits: string, joiner: string) => (digits.match(/.{1,4}/g) ?? []).join(joiner);
const inDigitsOf = (zero: number) => (digits: string) =>
  charactersOf(digits)
    .map((digit) => String.fromCodePoint(zero + Number(digit)))
    .join('');

const JOINERS = [
  '', ' ', '-', '.', '  ', ' - ', '\n', '\r\n', '\t', '/', '_', '·', '\u00a0', '\u2009', '–', '—',
  '\u2011', ', ', '\u200b', '\u200d', '\ufeff', '\u00ad', '\u2060', '\n> ', ' then ', ' dash ',
  '&nbsp;', '<br>', ' | ', '*', ':',
]; // prettier-ignore
const SCRIPTS = [0xff10, 0x0660, 0x06f0, 0x0966, 0x09e6, 0x0e50, 0x1d7ce].map(inDigitsOf);

const FRAMES = [
  (secret: string) => secret,
  (secret: string) => `my card number is ${secret} thanks`,
  (secret: string) => `Someone used ${secret} in Vegas!`,
  (secret: string) => `(${secret})`,
  (secret: string) => `charge it to ${secret}, expires 09/27.`,
];

const framed = (secrets: readonly string[], frames = FRAMES): PlantedMessage[] =>
  secrets.flatMap((secret) => frames.map((frame) => ({ text: frame(secret), secret })));

export function cardMessages(): PlantedMessage[] {
  const grouped = CARDS.filter((card) => card.length >= 14).flatMap((card) =>
    JOINERS.map((joiner) => inFours(card, joiner)),
  );
  const amex = CARDS.filter((card) => card.length === 15).flatMap((card) =>
    [' ', '-', '.'].map((joiner) =>
      [card.slice(0, 4), card.slice(4, 10), card.slice(10)].join(joiner),
    ),
  );
  const scripted = CARDS.flatMap((card) => SCRIPTS.map((script) => script(card)));
  const spaced = CARDS.filter((card) => card.length >= 14).flatMap((card) =>
    [' ', '-', ' - ', '.'].map((joiner) => charactersOf(card).join(joiner)),
  );
  const [first = '', second = ''] = CARDS;
  const odd = [
    { text: `${first}${second}`, secret: first },
    { text: `${first}1227987`, secret: first },
    { text: `Visa${first}`, secret: first },
    { text: `pan=${first}&cvv=987`, secret: first },
    { text: `${inFours(first, ' ')} 12/27 987`, secret: inFours(first, ' ') },
    {
      text: `one ${inFours(first, ' ')} two ${inFours(second, ' ')}`,
      secret: inFours(second, ' '),
    },
    { text: `my card: ${first.slice(0, 6)} ${first.slice(6)}`, secret: first },
    { text: `card ${first.slice(0, 2)} ${first.slice(2, 9)} ${first.slice(9)}`, secret: first },
  ];
  return [...framed([...CARDS, ...grouped, ...amex, ...scripted, ...spaced]), ...odd];
}

export function cvvMessages(): PlantedMessage[] {
  const frames = [
    'cvv 987', 'CVV: 987', 'cvv is 987', 'my CVV2 is 987', 'cvc=987', 'CVC code 987', 'CVV987',
    'the security code on the back is 987', 'the three digits on the back are 987', 'csc - 987',
    'the 3 digits on the back are 987', 'card security code: 987', 'cvv number is 9 8 7', 'cvv nine eight seven',
    '987 is my cvv', '987 (cvv)', 'cvv\n987', 'cvv\u200b: 987', 'ＣＶＶ ９８７', 'cvv ٩٨٧', 'СVV 987',
    'código de seguridad 987', 'Prüfnummer ist 987', 'cryptogramme: 987', 'cid 9876', 'amex, cid is 9876',
    '4000 0000 0008 1234 12/27 987', '4000 0000 0008 1234, exp 12/2027, 987', '4000000000081234 987',
    'c.v.v. 987', 'C V V 987', 'my cvv, on the back of the card, is 987', 'cvv would be: 987',
  ]; // prettier-ignore
  return frames.map((text) => ({
    text,
    secret: /nine eight seven|9 8 7|９８７|٩٨٧|9876|987(?!6)/.exec(text)?.[0] ?? '',
  }));
}

const written = (secret: string, texts: readonly string[]): PlantedMessage[] =>
  texts.map((text) => ({ text, secret }));

export function pinMessages(): PlantedMessage[] {
  return [
    ...written('4821', [
      'my pin is 4821', 'PIN: 4821', 'pin code 4821', 'the PIN number for my card is 4821', 'PIN=4821',
      'pin 4821 is not working', '4821 is my pin', 'my new pin was set to 4821', 'Geheimzahl 4821', 'PIN#4821',
    ]), // prettier-ignore
    ...written('482193', ['I typed pin 482193', 'pin code: 482193']),
  ];
}

export function oneTimeCodeMessages(): PlantedMessage[] {
  return written('730914', [
    'my code is 730914', 'otp 730914', 'OTP: 730914', 'the verification code is 730914', 'one-time password 730914',
    'here is the code you sent me: 730914', 'code 730914', '730914 is my code', 'the sms code says 730914',
    'my one time passcode is 730914', '2fa code: 730914', 'El código es 730914', 'der Bestätigungscode lautet 730914',
  ]).concat(written('730 914', ['the code is 730 914']), written('730-914', ['verification code: 730-914'])); // prettier-ignore
}

export function passwordMessages(): PlantedMessage[] {
  return [
    ...written('Tr0ub4dor&3', [
      'my password is Tr0ub4dor&3', 'password: Tr0ub4dor&3', 'Password=Tr0ub4dor&3', 'pwd: "Tr0ub4dor&3"',
      'the passwort ist Tr0ub4dor&3', 'mi contraseña es Tr0ub4dor&3.', 'my passphrase was Tr0ub4dor&3, I think',
    ]), // prettier-ignore
    ...written('hunter22', ['my password is hunter22', 'passwd : hunter22']),
    ...written('correcthorse', ['password is correcthorse', 'password = correcthorse']),
  ];
}

export function ssnMessages(): PlantedMessage[] {
  const separated = ['-', ' ', '.', '–', ' - ', '\n', '\u200b-', '/'].flatMap((joiner) =>
    [['219', '09', '9998'], ['523', '45', '6789'], ['912', '70', '1234'], ['988', '54', '4321']].map(
      (parts) => parts.join(joiner),
    ),
  ); // prettier-ignore
  const bare = [
    'my ssn is 219099998', 'SSN: 219099998', 'social security number 219099998', 'social: 219099998',
    'my social is 219099998', 'tax id 219099998', '219099998 is my ssn', 'SSN219099998', 'ITIN 912701234',
    'my SSN is 219 099 998', 'ssn ２１９０９９９９８',
  ]; // prettier-ignore
  return [
    ...framed(separated),
    ...bare.map((text) => ({
      text,
      secret: /\d{9}|\d{3} \d{3} \d{3}|２\S+/.exec(text)?.[0] ?? '',
    })),
    ...written('9998', ['the last four of my ssn are 9998', 'last 4 of my social: 9998']),
  ];
}

/** Check digits of ISO 7064 MOD 97-10 put before an invented account. */
const iban = (country: string, account: string): string => {
  const numeric = charactersOf((account + country + '00').toUpperCase())
    .map((character) => String(Number.parseInt(character, 36)))
    .join('');
  return country + String(98n - (BigInt(numeric) % 97n)).padStart(2, '0') + account;
};

export function ibanMessages(): PlantedMessage[] {
  const numbers = [
    iban('DE', '500105170648489890'),
    iban('GB', 'NWBK60161331926819'),
    iban('FR', '20041010050500013M02606'),
    iban('ES', '21000418450200051332'),
    iban('NL', 'ABNA0417164300'),
    iban('NO', '86011117947'),
    iban('MT', 'MALT011000012345MTLCAST001S'),
    iban('IE', 'AIBK93115212345678'),
  ];
  const spaced = numbers.flatMap((number) =>
    [' ', '-', '.', '\u00a0', '\n'].map((joiner) => inFours(number, joiner)),
  );
  return framed(
    [...numbers, ...spaced, ...numbers.map((number) => number.toLowerCase())],
    [
      (secret) => secret,
      (secret) => `my IBAN is ${secret}.`,
      (secret) => `pay ${secret}, please`,
      (secret) => `IBAN:${secret}`,
    ],
  );
}

const BASE58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
const base58 = (length: number) =>
  Array.from({ length }, (_, index) => BASE58.charAt((index * 17 + 5) % BASE58.length)).join('');
const hexKey = Array.from({ length: 64 }, (_, index) => ((index * 7 + 3) % 16).toString(16)).join(
  '',
);
const pemBody = 'MIIEvQIBADANBgkqhkiG9w0BAQEFAASC';

export function keyMessages(): PlantedMessage[] {
  return [
    ...written(pemBody, [
      `-----BEGIN PRIVATE KEY-----\n${pemBody}\n-----END PRIVATE KEY-----`,
      `here: -----BEGIN RSA PRIVATE KEY-----\n${pemBody}\n-----END RSA PRIVATE KEY----- thanks`,
      `-----BEGIN OPENSSH PRIVATE KEY-----\n${pemBody}`,
      `-----BEGIN EC PRIVATE KEY----- ${pemBody} -----END EC PRIVATE KEY-----`,
    ]),
    ...written(hexKey, [
      `my private key is ${hexKey}`, `private key: 0x${hexKey}`, `wallet key ${hexKey}`, `secret=${hexKey}`,
      `${hexKey} is my private key`,
    ]), // prettier-ignore
    ...['K', 'L', 'c'].map((first) => ({
      text: `I lost ${first}${base58(51)} help`,
      secret: base58(51),
    })),
    { text: `5${base58(50)}`, secret: base58(50) },
    { text: `xprv${base58(107)}`, secret: base58(107) },
  ];
}

export function seedMessages(): PlantedMessage[] {
  const phrase =
    'ribbon velvet orbit canyon walnut puzzle lantern meadow copper window garden thunder';
  const long = `${phrase} silver basket marble ticket rocket pepper banana castle dragon forest island jungle`;
  const numbered = phrase.split(' ').map((word, index) => `${String(index + 1)}. ${word}`);
  return [
    ...written(phrase, [
      phrase, `my seed phrase is ${phrase}`, `Recovery phrase: ${phrase}`, `these are my 12 words: ${phrase}`,
      `${phrase} is my wallet backup`,
    ]), // prettier-ignore
    ...written(long, [long, `mnemonic ${long}`]),
    ...written(phrase.toUpperCase(), [`SEED: ${phrase.toUpperCase()}`]),
    ...[
      numbered.join(' '),
      numbered.join('\n'),
      phrase.replaceAll(' ', ', '),
      phrase.replaceAll(' ', '\n'),
    ].map((secret) => ({ text: `wallet words\n${secret}`, secret })),
  ];
}

export function tokenMessages(): PlantedMessage[] {
  const body = base58(40);
  return [
    `eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiIxMDAwMDEifQ.${body}`,
    `sk_live_${body.slice(0, 24)}`,
    `ghp_${body.slice(0, 36)}`,
    `xoxb-${body}`,
    `AKIAZ2J4XH7KQ9PLM3TR`,
    `glpat-${body.slice(0, 20)}`,
  ]
    .map((secret) => ({ text: `my token is ${secret} ok`, secret }))
    .concat([
      { text: `Authorization: Bearer ${body}`, secret: body },
      { text: `api_key=${body}`, secret: body },
    ]);
}

import { createServer, type Server } from 'node:net';

import { afterEach, describe, expect, it } from '@jest/globals';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

import { SmtpSender } from '../../../src/notifications/carriers/smtp-sender.js';
import { type Delivery, DeliveryFailed } from '../../../src/notifications/index.js';
import { Secret } from '../../../src/platform/index.js';
import { selfSigned } from '../../support/certificate.js';

// A real mail server for each test, on a loopback port of its own.

const certificate = selfSigned('localhost');
const login = { user: 'probity', pass: 'pass:word/é' };
const id = '01939f00-0000-7000-8000-000000000001';
const shortTimeouts = {
  connectMilliseconds: 300,
  greetingMilliseconds: 300,
  silenceMilliseconds: 300,
  totalMilliseconds: 600,
};

interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  readonly isEncrypted: boolean;
  readonly text: string;
}

const mails: Mail[] = [];
const logins: string[] = [];
const commands: string[] = [];
const opened: { close(done: () => void): unknown }[] = [];

afterEach(async () => {
  for (const list of [mails, logins, commands]) list.length = 0;
  await Promise.all(
    opened.splice(0).map((server) => new Promise<void>((done) => server.close(done))),
  );
});

function refusal(responseCode: number): Error {
  return Object.assign(new Error(`No, and ${login.user} should know`), { responseCode });
}

/** Starts a server that takes everything, but for what `change` says; answers its port. */
async function serve(change: SMTPServerOptions = {}): Promise<number> {
  const server = new SMTPServer({
    ...certificate,
    closeTimeout: 50,
    authOptional: true,
    disableReverseLookup: true,
    onAuth: ({ username = '', password }, _, done) => {
      logins.push(username);
      const isRight = username === login.user && password === login.pass;
      done(isRight ? null : refusal(535), isRight ? { user: username } : undefined);
    },
    onMailFrom: ({ address }, _, done) => {
      commands.push(`MAIL ${address}`);
      done();
    },
    onData: (stream, { envelope, secure }, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        mails.push({
          from: envelope.mailFrom === false ? '' : envelope.mailFrom.address,
          to: envelope.rcptTo.map(({ address }) => address),
          isEncrypted: secure,
          text: Buffer.concat(chunks).toString('utf8'),
        });
        done();
      });
    },
    ...change,
  });
  server.on('error', () => undefined);
  opened.push(server);
  return new Promise((resolve) => {
    const { server: socket } = server;
    server.listen(0, '127.0.0.1', () => resolve((socket.address() as { port: number }).port));
  });
}

function senderOf(url: string, change: Partial<ConstructorParameters<typeof SmtpSender>[0]> = {}) {
  return new SmtpSender({
    url: new Secret(url),
    from: 'support@bank.example',
    allowsPlaintext: false,
    subjectOf: (template) => (template === 'one-time-code' ? 'Your one-time code' : 'A message'),
    ca: certificate.cert,
    ...change,
  });
}

const urlOf = (port: number, scheme = 'smtp'): string =>
  `${scheme}://${login.user}:${encodeURIComponent(login.pass)}@localhost:${String(port)}`;

const delivery = (destination = 'jane.doe@example.com', text = 'Probity: 123456'): Delivery => ({
  id,
  channel: 'email',
  template: 'one-time-code',
  destination: new Secret(destination),
  text: new Secret(text),
  expiresAt: new Date(Date.now() + 300_000),
});

async function failureOf(sending: Promise<unknown>): Promise<DeliveryFailed> {
  const failure = await sending.catch((error: unknown) => error);
  if (!(failure instanceof DeliveryFailed)) throw new Error('It did not fail as deliveries do');
  return failure;
}

describe('SmtpSender', () => {
  it.each(['smtp', 'smtps'])('delivers over %s, encrypted and signed in', async (scheme) => {
    const port = await serve({ secure: scheme === 'smtps' });
    await senderOf(urlOf(port, scheme)).send(delivery());

    const [mail] = mails;
    expect(logins).toEqual([login.user]);
    expect(mail).toMatchObject({
      from: 'support@bank.example',
      to: ['jane.doe@example.com'],
      isEncrypted: true,
    });
    expect(mail!.text).toMatch(/^Subject: Your one-time code\r$/m);
    expect(mail!.text).toMatch(/^Auto-Submitted: auto-generated\r$/m);
    expect(mail!.text).toContain('Probity: 123456');
  });

  it('gives a message the same id at every attempt', async () => {
    const sender = senderOf(urlOf(await serve()));
    await sender.send(delivery());
    await sender.send(delivery());

    for (const { text } of mails) expect(text).toContain(`Message-ID: <${id}@bank.example>`);
    expect(mails).toHaveLength(2);
  });

  it.each([
    ['a full mailbox', 452, { code: 'carrier_deferred', kind: 'temporary' }],
    ['an unknown mailbox', 550, { code: 'message_refused', kind: 'permanent' }],
  ])('tells %s (%d) from a server that does not work', async (_, responseCode, expected) => {
    const byRecipient = await serve({ onRcptTo: (_to, _s, done) => done(refusal(responseCode)) });
    const byContent = await serve({
      onData: (stream, _, done) => stream.resume().on('end', () => done(refusal(responseCode))),
    });
    for (const port of [byRecipient, byContent]) {
      expect(await failureOf(senderOf(urlOf(port)).send(delivery()))).toMatchObject(expected);
    }
  });

  it('takes a refusal of our own sender for an outage: every message would meet it', async () => {
    const port = await serve({ onMailFrom: (_, _s, done) => done(refusal(550)) });

    expect(await failureOf(senderOf(urlOf(port)).send(delivery()))).toMatchObject({
      code: 'carrier_fault',
      kind: 'outage',
    });
  });

  it('says so where the server does not take our login', async () => {
    const url = `smtp://probity:wrong@localhost:${String(await serve())}`;

    expect(await failureOf(senderOf(url).send(delivery()))).toMatchObject({
      code: 'carrier_authentication',
      kind: 'outage',
    });
    expect(commands).toEqual([]);
  });

  it('sends nothing, no login either, to a server without TLS', async () => {
    const port = await serve({ disabledCommands: ['STARTTLS'] });

    expect(await failureOf(senderOf(urlOf(port)).send(delivery()))).toMatchObject({
      code: 'carrier_tls',
      kind: 'outage',
    });
    expect([...logins, ...commands]).toEqual([]);
  });

  it('speaks to a server without TLS where that is allowed', async () => {
    const port = await serve({ disabledCommands: ['STARTTLS', 'AUTH'] });
    const url = `smtp://localhost:${String(port)}`;
    await senderOf(url, { allowsPlaintext: true }).send(delivery());

    expect(mails).toMatchObject([{ isEncrypted: false }]);
  });

  it.each(['smtp', 'smtps'])(
    'sends nothing over %s to a server whose certificate nobody vouches for',
    async (scheme) => {
      const port = await serve({ secure: scheme === 'smtps' });
      const stranger = senderOf(urlOf(port, scheme), { ca: selfSigned('localhost').cert });
      // Not even where plain text would do: what cannot be trusted is not spoken to in the clear.
      const careless = senderOf(urlOf(port, scheme), {
        ca: selfSigned('localhost').cert,
        allowsPlaintext: true,
      });
      for (const sender of [stranger, careless]) {
        expect(await failureOf(sender.send(delivery()))).toMatchObject({ kind: 'outage' });
      }
      expect([...logins, ...commands]).toEqual([]);
    },
  );

  it('cannot be told by its address to trust any certificate', async () => {
    const port = await serve();
    const url = `${urlOf(port)}?tls.rejectUnauthorized=false&ignoreTLS=true`;
    const sender = senderOf(url, { ca: selfSigned('localhost').cert });

    expect(await failureOf(sender.send(delivery()))).toMatchObject({ kind: 'outage' });
    expect(commands).toEqual([]);
  });

  it('gives up a server that does not greet, and one that does not answer', async () => {
    const mute = await listen(createServer());
    const hanging = await serve({ onData: (stream) => void stream.resume() });
    for (const port of [mute, hanging]) {
      const sender = senderOf(urlOf(port), { timeouts: shortTimeouts });
      expect(await failureOf(sender.send(delivery()))).toMatchObject({
        code: 'carrier_timeout',
        kind: 'outage',
      });
    }
  });

  it('says so where nobody listens', async () => {
    const gone = createServer();
    const port = await listen(gone);
    await new Promise<void>((done) => gone.close(() => done()));

    expect(await failureOf(senderOf(urlOf(port)).send(delivery()))).toMatchObject({
      code: 'carrier_unreachable',
      kind: 'outage',
    });
  });

  it.each([
    'jane@example.com\r\nBcc: eve@example.com',
    'jane@example.com, eve@example.com',
    'Jane <jane@example.com>',
    '<jane@example.com>',
    'jane@example.com\nRCPT TO:<eve@example.com>',
    'jane@example.com>\r\nDATA',
    'jane doe@example.com',
    'jane@exa mple.com',
    'jane\u0000@example.com',
    '"jane"@example.com',
    'jane',
    '',
  ])('takes no destination but one mailbox: %j', async (destination) => {
    const sender = senderOf(urlOf(await serve()));

    expect(await failureOf(sender.send(delivery(destination)))).toMatchObject({
      code: 'destination_invalid',
      kind: 'permanent',
    });
    expect(commands).toEqual([]);
  });

  it('keeps a text from ending the message or becoming a header', async () => {
    const text = 'One\r\n.\r\nRCPT TO:<eve@example.com>\r\n\r\nBcc: eve@example.com';
    await senderOf(urlOf(await serve())).send(delivery('jane@example.com', text));

    const [head = '', body = ''] = mails[0]!.text.split(/\r\n\r\n(.*)/s);
    expect(mails.map(({ to }) => to)).toEqual([['jane@example.com']]);
    expect(head).not.toContain('eve@');
    expect(body).toContain('RCPT TO:<eve@example.com>');
  });

  it('repeats in its failures neither recipient nor text nor what the server said', async () => {
    const port = await serve({ onRcptTo: (_to, _s, done) => done(refusal(550)) });
    const { message, code } = await failureOf(senderOf(urlOf(port)).send(delivery()));

    expect([message, code]).toEqual(['message_refused', 'message_refused']);
  });
});

async function listen(server: Server): Promise<number> {
  opened.push(server);
  server.on('connection', (socket) => socket.on('error', () => undefined).resume());
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
  });
}

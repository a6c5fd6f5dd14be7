import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';

/** A key and the certificate that it signed for itself, in PEM. */
export interface SelfSigned {
  readonly key: string;
  readonly cert: string;
}

const yearMilliseconds = 365 * 86_400_000;
const [sequence, set, integer, bits] = [0x30, 0x31, 0x02, 0x03];
const [octets, utf8, utcTime] = [0x04, 0x0c, 0x17];
const ecdsaWithSha256 = tlv(sequence, Buffer.from('06082a8648ce3d040302', 'hex'));
const commonName = Buffer.from('0603550403', 'hex');
const subjectAltName = Buffer.from('0603551d11', 'hex');
const basicConstraints = Buffer.from('0603551d13', 'hex');

/** Makes a certificate for a host (RFC 5280 §4.1), good for a year: none that could leak is kept. */
export function selfSigned(host: string): SelfSigned {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const name = tlv(sequence, tlv(set, tlv(sequence, commonName, tlv(utf8, Buffer.from(host)))));
  const now = Date.now();
  const body = tlv(
    sequence,
    tlv(0xa0, tlv(integer, Buffer.from([2]))),
    tlv(integer, Buffer.from([1]), randomBytes(8)),
    ecdsaWithSha256,
    name,
    tlv(sequence, timeOf(now - yearMilliseconds), timeOf(now + yearMilliseconds)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    tlv(0xa3, tlv(sequence, extension(subjectAltName, tlv(0x82, Buffer.from(host))), asCa())),
  );
  const signature = sign('sha256', body, privateKey);
  const der = tlv(sequence, body, ecdsaWithSha256, tlv(bits, Buffer.from([0]), signature));
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${der.toString('base64')}\n-----END CERTIFICATE-----\n`,
  };
}

function asCa(): Buffer {
  return extension(basicConstraints, Buffer.from([0x01, 0x01, 0xff]));
}

function extension(id: Buffer, ...value: readonly Buffer[]): Buffer {
  return tlv(sequence, id, tlv(octets, tlv(sequence, ...value)));
}

/** `YYMMDDHHMMSSZ` */
function timeOf(milliseconds: number): Buffer {
  const digits = new Date(milliseconds).toISOString().replace(/\D/g, '').slice(2, 14);
  return tlv(utcTime, Buffer.from(`${digits}Z`));
}

/** Tag, length, value (X.690). */
function tlv(tag: number, ...parts: readonly Buffer[]): Buffer {
  const value = Buffer.concat(parts);
  const length =
    value.length < 0x80
      ? [value.length]
      : value.length < 0x100
        ? [0x81, value.length]
        : [0x82, value.length >> 8, value.length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), value]);
}

import type { FastifyRequest } from 'fastify';

import { networkOf } from '../../../src/platform/http/origin-limits.js';
import {
  formatTraceparent,
  originOf,
  preferredWaitSeconds,
  purposeOf,
  traceIdOf,
} from '../../../src/platform/http/request-context.js';
import { RouteTable } from '../../../src/platform/http/route-table.js';
import { securityHeaders } from '../../../src/platform/http/security-headers.js';

const requestWith = (headers: Record<string, string | string[]>): FastifyRequest =>
  ({ headers, ip: '192.0.2.1', id: 'request', traceId: 'trace' }) as unknown as FastifyRequest;

describe('traceIdOf', () => {
  it('reads back what formatTraceparent writes', () => {
    const traceId = traceIdOf(undefined);

    expect(traceIdOf(formatTraceparent(traceId))).toBe(traceId);
  });

  it.each([
    'ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    '00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01',
    '00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01',
    '00-4bf92f35-00f067aa0ba902b7-01',
    '',
  ])('starts a new trace instead of %j', (traceparent) => {
    expect(traceIdOf(traceparent)).not.toBe(traceparent.split('-')[1]);
  });
});

describe('preferredWaitSeconds', () => {
  it.each([
    ['wait=5', 5],
    ['respond-async, wait=10', 10],
    ['wait=10; foo="bar"', 10],
    ['Wait = 7', 7],
    ['wait=999', 10],
    ['wait', null],
    ['wait=-1', null],
    ['nowait=5', null],
  ])('reads %j as %p', (prefer, seconds) => {
    expect(preferredWaitSeconds(requestWith({ prefer }))).toBe(seconds);
  });

  it('is null without the header', () => {
    expect(preferredWaitSeconds(requestWith({}))).toBeNull();
  });
});

describe('purposeOf', () => {
  it('takes the name of a purpose', () => {
    expect(purposeOf(requestWith({ 'probity-purpose': 'case-work' }))).toBe('case-work');
    expect(purposeOf(requestWith({}))).toBeNull();
  });

  it.each(['', 'Case-Work', 'case work', '-a', 'a-', 'a'.repeat(65)])('refuses %j', (purpose) => {
    expect(() => purposeOf(requestWith({ 'probity-purpose': purpose }))).toThrow(/input.invalid/);
  });
});

describe('originOf', () => {
  it('keeps no more of a user agent than 512 characters', () => {
    expect(originOf(requestWith({ 'user-agent': 'x'.repeat(1000) })).userAgent).toHaveLength(512);
  });
});

describe('networkOf', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::9', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::ffff:cb00:7107', '203.0.113.7'],
    ['0:0:0:0:0:FFFF:203.0.113.7', '203.0.113.7'],
    ['64:ff9b::203.0.113.7', '64:ff9b:0:0::/64'],
    ['2001:db8:1:2:ffff:ffff:ffff:ffff', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::', '2001:db8:1:2::/64'],
    ['not:an:address', 'not:an:address'],
  ])('counts %s as %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});

describe('RouteTable', () => {
  it('knows the methods of a path by its patterns', () => {
    const routes = new RouteTable();
    routes.add('GET', '/v1/cases/:id');
    routes.add('PATCH', '/v1/cases/:id');
    routes.add('GET', '/v1/ledger/log/tile/*');
    routes.add('GET', '/openapi.json');

    expect(routes.methodsOf('/v1/cases/1')).toEqual(['GET', 'PATCH']);
    expect(routes.methodsOf('/v1/cases/1/notes')).toEqual([]);
    expect(routes.methodsOf('/v1/ledger/log/tile/0/x001/067')).toEqual(['GET']);
    expect(routes.methodsOf('/openapixjson')).toEqual([]);
  });
});

describe('securityHeaders', () => {
  it('asks for TLS in production only', () => {
    expect(securityHeaders(true)).toHaveProperty('strict-transport-security');
    expect(securityHeaders(false)).not.toHaveProperty('strict-transport-security');
  });
});

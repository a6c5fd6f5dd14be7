import { OpenApi } from '../../../src/platform/index.js';
import { type Door, openDoor } from './door.js';

let door: Door;

beforeAll(async () => {
  door = await openDoor();
});

afterAll(async () => {
  await door.close();
});

const operation = async (path: string, method: string) =>
  (await door.http.get('/openapi.json')).body.paths[path][method];

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the document is untyped on the wire
const codesIn = (responses: any, status: string): string[] =>
  responses[status].content['application/problem+json'].schema.allOf[1].properties.code.enum;

describe('GET /openapi.json', () => {
  it('describes requests by their schemas', async () => {
    const { requestBody } = await operation('/v1/things', 'post');

    expect(requestBody.content['application/json'].schema).toMatchObject({
      type: 'object',
      required: ['name', 'count'],
      additionalProperties: false,
    });
  });

  it('describes answers by their schemas, shared ones once', async () => {
    const { body } = await door.http.get('/openapi.json');

    expect(
      body.paths['/v1/things'].post.responses['201'].content['application/json'].schema,
    ).toEqual({
      $ref: '#/components/schemas/Thing',
    });
    expect(body.components.schemas.Thing.properties.id).toMatchObject({ format: 'uuid' });
  });

  it('lists every problem code with the status it comes with', async () => {
    const { responses } = await operation('/v1/things/{id}/parts', 'post');
    const codesOf = (status: string): string[] => codesIn(responses, status);

    expect(codesOf('400')).toEqual(['input.invalid', 'input.malformed']);
    expect(codesOf('401')).toEqual(['token.invalid']);
    expect(codesOf('404')).toEqual(['resource.not_found']);
    expect(codesOf('503')).toEqual(['service.unavailable']);
    expect(Object.keys(responses)).toEqual(expect.arrayContaining(['201', '413', '415', '500']));
  });

  it('lists the problems that decorators imply', async () => {
    const keyRequired = (await operation('/v1/things', 'post')).responses;
    expect(codesIn(keyRequired, '400')).toEqual([
      'idempotency.key_missing',
      'input.invalid',
      'input.malformed',
    ]);
    expect(codesIn(keyRequired, '409')).toEqual(['idempotency.in_flight']);
    expect(codesIn(keyRequired, '422')).toEqual(['idempotency.key_reused']);
    const keyAccepted = (await operation('/v1/things/{id}/parts', 'post')).responses;
    expect(codesIn(keyAccepted, '400')).not.toContain('idempotency.key_missing');
    expect(codesIn(keyAccepted, '422')).toEqual(['idempotency.key_reused']);
    const limited = (await operation('/v1/things/guesses', 'post')).responses;
    expect(codesIn(limited, '429')).toEqual(['rate.exceeded']);
    expect(codesIn(keyRequired, '429')).toEqual(['rate.exceeded']);
    expect((await operation('/v1/things/{id}', 'get')).responses).not.toHaveProperty('429');
  });

  it('says which routes take a token, and which may go without', async () => {
    expect((await operation('/v1/things', 'post')).security).toEqual([{ token: [] }]);
    expect((await operation('/v1/things/guesses', 'post')).security).toEqual([{ token: [] }, {}]);
    expect((await operation('/health/live', 'get')).security).toBeUndefined();
  });

  it('names the headers that decorators ask for', async () => {
    const { parameters } = await operation('/v1/things', 'post');

    expect(parameters).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ name: 'Idempotency-Key', in: 'header', required: true }),
        expect.objectContaining({ name: 'Probity-Purpose', in: 'header', required: false }),
      ]),
    );
  });

  it('keeps no mark of our own', async () => {
    expect((await door.http.get('/openapi.json')).text).not.toContain('x-probity');
  });
});

describe('OpenApi.undocumented', () => {
  it('names the route that lacks its description, and no other', () => {
    expect(door.app.get(OpenApi).undocumented()).toEqual(['GET /v1/things']);
  });
});

describe('GET /docs', () => {
  it('is a page that loads its parts from here and nothing from elsewhere', async () => {
    const reply = await door.http.get('/docs');

    expect(reply.headers['content-type']).toMatch(/^text\/html/);
    expect(reply.headers['content-security-policy']).toContain("script-src 'self'");
    expect(reply.text).not.toMatch(/https?:/);
    for (const part of ['/docs/swagger-ui.css', '/docs/swagger-ui-bundle.js', '/docs/start.js']) {
      expect(reply.text.includes(part)).toBe(true);
      expect((await door.http.get(part)).status).toBe(200);
    }
  });
});

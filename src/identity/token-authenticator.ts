import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

import {
  type Access,
  type Actor,
  type Assurance,
  type AssuranceLevel,
  Authenticator,
  KeyDestroyed,
  meetsAssurance,
  originOf,
  purposeOf,
  type SubjectRef,
  tokenInvalid,
} from '../platform/index.js';
import type { AccessTokenClaims, ClientClaims, PersonClaims } from './access-token-claims.js';
import { AccessTokens } from './access-tokens.js';
import { ApiClients } from './clients/api-clients.js';
import { CustomerSessions, type FoundSession } from './customer-sessions.js';
import { Customers } from './customers.js';
import { type FoundStaffSession, StaffSessions } from './staff/staff-sessions.js';

type Request = Pick<Actor, 'origin' | 'purpose'>;

/**
 * Turns a bearer token into an actor. The token's signature says who was proven how far; the
 * session's row, read for each request, says whether that still stands.
 */
@Injectable()
export class TokenAuthenticator extends Authenticator {
  constructor(
    private readonly tokens: AccessTokens,
    private readonly customerSessions: CustomerSessions,
    private readonly staffSessions: StaffSessions,
    private readonly clients: ApiClients,
    private readonly customers: Customers,
  ) {
    super();
  }

  override async authenticate(
    token: string | null,
    request: FastifyRequest,
    access: Access,
  ): Promise<Actor> {
    const from = { origin: originOf(request), purpose: purposeOf(request) };
    if (token === null) return visitor(from);
    const claims = await this.tokens.verify(token);
    if (!claims || !access.kinds.includes(claims.kind)) throw tokenInvalid();
    const isActivity = access.isRepeated !== true;
    const actor = await this.#actorOf(claims, from, isActivity);
    if (!actor) throw tokenInvalid();
    return actor;
  }

  async #actorOf(
    claims: AccessTokenClaims,
    from: Request,
    isActivity: boolean,
  ): Promise<Actor | null> {
    if (claims.kind === 'client') return this.#client(claims, from);
    if (claims.kind === 'staff') {
      const session = await this.staffSessions.findAlive(claims.sid, isActivity);
      return session && fits(claims, session.staffId, session.acr)
        ? staff(claims, session, from)
        : null;
    }
    const session = await this.customerSessions.findAlive(claims.sid, isActivity);
    if (session?.kind !== claims.kind || !fits(claims, session.subjectRef, session.acr))
      return null;
    return session.kind === 'guest'
      ? guest(claims, session, from)
      : this.#customer(claims, session, from);
  }

  /** With the scopes of the token that the client still holds. */
  async #client(claims: ClientClaims, from: Request): Promise<Actor | null> {
    if (claims.sub !== claims.client_id) return null;
    const granted = await this.clients.findScopes(claims.client_id, claims.client_key);
    if (!granted) return null;
    return client(claims, granted, from);
  }

  async #customer(
    claims: PersonClaims,
    session: FoundSession,
    from: Request,
  ): Promise<Actor | null> {
    const customerNumber = await this.#numberOf(session);
    if (customerNumber === null) return null;
    return {
      ...person(claims, session.subjectRef, from),
      kind: 'customer',
      id: session.subjectRef,
      sessionId: session.id,
      customerNumber,
    };
  }

  /** Null once the person was erased: nobody can act as them any more. */
  async #numberOf({ subjectRef, sealedNumber }: FoundSession): Promise<string | null> {
    if (sealedNumber === null) return null;
    try {
      return await this.customers.readNumber(
        this.customerSessions.manager,
        subjectRef,
        sealedNumber,
      );
    } catch (error) {
      if (error instanceof KeyDestroyed) return null;
      throw error;
    }
  }
}

/** The token is this session's and states no more than the session has proven. */
function fits(claims: PersonClaims, sub: string, acr: AssuranceLevel): boolean {
  return claims.sub === sub && meetsAssurance(acr, claims.acr);
}

/** Nobody we know: no token was sent. */
function visitor(from: Request): Actor {
  return {
    kind: 'guest',
    id: 'anonymous',
    sessionId: null,
    subjectRef: null,
    customerNumber: null,
    roles: [],
    scopes: [],
    level: null,
    onBehalfOf: null,
    assurance: { acr: 'aal0', amr: [], method: null, authenticatedAt: null },
    ...from,
  };
}

function guest(claims: PersonClaims, session: FoundSession, from: Request): Actor {
  return {
    ...person(claims, session.subjectRef, from),
    kind: 'guest',
    id: session.conversationId ?? session.id,
    sessionId: session.id,
    customerNumber: null,
  };
}

function staff(claims: PersonClaims, session: FoundStaffSession, from: Request): Actor {
  return {
    kind: 'staff',
    id: session.staffId,
    sessionId: session.id,
    subjectRef: null,
    customerNumber: null,
    roles: session.roles,
    scopes: [],
    level: session.level,
    onBehalfOf: null,
    assurance: assuranceOf(claims),
    ...from,
  };
}

function client(claims: ClientClaims, granted: readonly string[], from: Request): Actor {
  return {
    kind: 'client',
    id: claims.client_id,
    sessionId: null,
    subjectRef: null,
    customerNumber: null,
    roles: ['integration'],
    scopes: claims.scope.split(' ').filter((scope) => granted.includes(scope)),
    level: null,
    onBehalfOf: null,
    assurance: {
      acr: 'aal0',
      amr: [],
      method: 'private_key_jwt',
      authenticatedAt: new Date(claims.iat * 1000),
    },
    ...from,
  };
}

function person(
  claims: PersonClaims,
  subjectRef: SubjectRef,
  from: Request,
): Pick<
  Actor,
  'subjectRef' | 'roles' | 'scopes' | 'level' | 'onBehalfOf' | 'assurance' | 'origin' | 'purpose'
> {
  return {
    subjectRef,
    roles: [],
    scopes: [],
    level: null,
    onBehalfOf: null,
    assurance: assuranceOf(claims),
    ...from,
  };
}

/** A request acts with its token's assurance, though the session may meanwhile have proven more. */
function assuranceOf({ acr, amr, method, auth_time: authTime }: PersonClaims): Assurance {
  const authenticatedAt = acr === 'aal0' ? null : new Date(authTime * 1000);
  return { acr, amr, method, authenticatedAt };
}

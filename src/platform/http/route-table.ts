interface Route {
  readonly pattern: string;
  readonly matches: RegExp;
  readonly methods: Set<string>;
}

/** The routes there are, to answer 405 with `Allow` (RFC 9110 §15.5.6) where only the method is wrong. */
export class RouteTable {
  readonly #routes = new Map<string, Route>();

  add(method: string, pattern: string): void {
    const route = this.#routes.get(pattern) ?? {
      pattern,
      matches: expressionOf(pattern),
      methods: new Set<string>(),
    };
    route.methods.add(method);
    this.#routes.set(pattern, route);
  }

  /** The methods that some route of this path takes, sorted; empty for an unknown path. */
  methodsOf(path: string): readonly string[] {
    const methods = new Set<string>();
    for (const route of this.#routes.values()) {
      if (route.matches.test(path)) route.methods.forEach((method) => methods.add(method));
    }
    return [...methods].sort();
  }

  list(): readonly { readonly method: string; readonly pattern: string }[] {
    return [...this.#routes.values()].flatMap(({ pattern, methods }) =>
      [...methods].map((method) => ({ method, pattern })),
    );
  }
}

/** `/v1/cases/:id/notes` and a trailing `*`, the only forms of pattern in use. */
function expressionOf(pattern: string): RegExp {
  const source = pattern
    .split('/')
    .map((segment) => {
      if (segment === '*') return '.*';
      if (segment.startsWith(':')) return '[^/]+';
      return segment.replace(/[$()*+.?[\\\]^{|}]/g, '\\$&');
    })
    .join('/');
  return new RegExp(`^${source}$`);
}

import ts from 'typescript';

import {
  decoratorOf,
  findNodes,
  placeOf,
  propertyOf,
  type Rule,
  typescriptIn,
} from './source-tree.js';

const verbs = ['Get', 'Post', 'Put', 'Patch', 'Delete', 'Sse', 'All', 'Head', 'Options'];
const access = ['Authenticated', 'OptionallyAuthenticated', 'Public'];
const inputs = ['Body', 'Query', 'Param'];

interface Route {
  readonly controller: ts.ClassDeclaration;
  readonly method: ts.MethodDeclaration;
}

const routesIn = (tree: Parameters<Rule>[0]): readonly Route[] =>
  typescriptIn(tree, 'src')
    .flatMap((path) => findNodes(tree.source(path), ts.isClassDeclaration))
    .filter((controller) => decoratorOf(controller, 'Controller'))
    .flatMap((controller) =>
      controller.members
        .filter(ts.isMethodDeclaration)
        .filter((method) => verbs.some((verb) => decoratorOf(method, verb)))
        .map((method) => ({ controller, method })),
    );

/** Nothing a caller sends is read unparsed: `@Body`, `@Query` and `@Param` each carry a schema; ids take `@PathId`. */
export const routesHaveSchemas: Rule = (tree) =>
  routesIn(tree).flatMap(({ method }) =>
    method.parameters.flatMap((parameter) =>
      inputs.flatMap((input) => {
        const decorator = decoratorOf(parameter, input);
        if (!decorator || decorator.arguments.some((argument) => propertyOf(argument, 'schema')))
          return [];
        return [`${placeOf(parameter)} @${input} of ${method.name.getText()} has no schema`];
      }),
    ),
  );

/** Who may come is said at each route or at its controller. */
export const routesSayWhoMayCome: Rule = (tree) =>
  routesIn(tree)
    .filter(({ controller, method }) =>
      access.every((name) => !decoratorOf(method, name) && !decoratorOf(controller, name)),
    )
    .map(({ method }) => `${placeOf(method)} ${method.name.getText()} says not who may come`);

/** The OpenAPI document is complete because each route documents itself. */
export const routesAreDocumented: Rule = (tree) =>
  routesIn(tree)
    .filter(({ method }) => !decoratorOf(method, 'ApiRoute'))
    .map(({ method }) => `${placeOf(method)} ${method.name.getText()} has no @ApiRoute`);

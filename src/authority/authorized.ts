const actions = new Map<object, readonly string[]>();

/** Names the actions that a command's or disclosing query's handler asks authority about; boot fails where one has no rule. */
export function Authorized(...names: readonly [string, ...string[]]): ClassDecorator {
  return (target) => {
    actions.set(target, names);
  };
}

/** The actions of a command or query class; undefined where it was not decorated. */
export function authorizedActions(target: object): readonly string[] | undefined {
  return actions.get(target);
}

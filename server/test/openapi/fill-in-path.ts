/**
 * Fills the parameters of a declared path. What may stand there is named by the step before it, so a route over a new
 * kind of thing fails here until somebody says what its id looks like.
 */

/** By the step before the parameter: `endpoints` for `/endpoints/{e}`. */
export type PathValues = Readonly<Record<string, string>>;

export function fillInPath(template: string, values: PathValues): string {
  return template.replaceAll(/([^/]+)\/\{[^}]+\}/g, (_match, step: string) => {
    const value = values[step];
    if (value === undefined) throw new Error(`nothing is known to follow ${step} in ${template}`);
    return `${step}/${value}`;
  });
}

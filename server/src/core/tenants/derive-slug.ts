/** Makes a slug from a tenant's name, for callers that do not choose one. */

/** Leaves room for a random end within the 64 characters of a slug. */
const DERIVED_SLUG_CHARACTERS_MAX = 48;

/** `Émile & Sons` becomes `emile-sons`; a name without Latin letters and digits gives an empty text. */
export function deriveSlug(name: string): string {
  return name
    .normalize("NFKD")
    .replaceAll(/\p{Mark}/gu, "")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-/g, "")
    .slice(0, DERIVED_SLUG_CHARACTERS_MAX)
    .replaceAll(/-$/g, "");
}

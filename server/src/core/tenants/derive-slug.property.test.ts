import fc from "fast-check";
import { expect, test } from "vitest";

import { deriveSlug } from "./derive-slug.ts";
import { TENANT_SLUG } from "./tenant.ts";

test("every name gives a sound slug with room for a random end, or none", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 300 }), (name) => {
      const slug = deriveSlug(name);
      if (slug !== "") expect(`${slug}-abc123`).toMatch(TENANT_SLUG);
    }),
  );
});

test.each([
  ["Acme Inc", "acme-inc"],
  ["  Émile & Sons! ", "emile-sons"],
  ["ten_00000000000000000000000000", "ten-00000000000000000000000000"],
  ["日本", ""],
])("%j gives %j", (name, slug) => {
  expect(deriveSlug(name)).toBe(slug);
});

import { expect, it } from "vitest";

import { openTestDatabase } from "../../../test/support/database.ts";
import { claimInstance } from "./claim-instance.ts";

it("keeps the first maker, whoever comes later or at once", async () => {
  await using database = await openTestDatabase();
  const now = new Date();
  const claims = await Promise.all(
    (["serve", "dev", "serve", "dev"] as const).map((maker) => claimInstance(database, { maker, now })),
  );
  expect(new Set(claims).size).toBe(1);
  expect(await claimInstance(database, { maker: "dev", now })).toBe(claims[0]);
  expect(await claimInstance(database, { maker: "serve", now })).toBe(claims[0]);
});

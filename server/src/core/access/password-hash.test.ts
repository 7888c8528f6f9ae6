import { argon2Sync } from "node:crypto";

import { expect, test } from "vitest";

import { hashPassword, verifyPassword } from "./password-hash.ts";

const PASSWORD = "correct horse battery";

test("a hash is a PHC text with the costs that OWASP names first, and a salt of its own", async () => {
  const [one, other] = [await hashPassword(PASSWORD), await hashPassword(PASSWORD)];
  expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
  expect(one).not.toBe(other);
});

test("a password opens its own hash and no other", async () => {
  const stored = await hashPassword(PASSWORD);
  expect(await verifyPassword(stored, PASSWORD)).toBe(true);
  expect(await verifyPassword(stored, `${PASSWORD} `)).toBe(false);
  expect(await verifyPassword(stored, "")).toBe(false);
});

test("the same characters typed another way are the same password", async () => {
  const stored = await hashPassword("caf\u00e9 au lait, s\u2019il");
  expect(await verifyPassword(stored, "cafe\u0301 au lait, s\u2019il")).toBe(true);
});

test("a hash with other costs is checked with its own", async () => {
  const salt = Buffer.alloc(16, 7);
  const costs = { memory: 64, passes: 3, parallelism: 2, tagLength: 16 };
  const tag = argon2Sync("argon2id", { ...costs, message: PASSWORD, nonce: salt });
  const [saltText, tagText] = [salt, tag].map((bytes) => bytes.toString("base64").replace(/=+$/, ""));
  expect(await verifyPassword(`$argon2id$v=19$m=64,t=3,p=2$${saltText}$${tagText}`, PASSWORD)).toBe(true);
});

test("nobody's password is never right", async () => {
  expect(await verifyPassword(null, PASSWORD)).toBe(false);
});

test("what is no hash of ours is a fault, not a wrong password", async () => {
  await expect(verifyPassword("$2b$10$abc", PASSWORD)).rejects.toThrow("not one of ours");
});

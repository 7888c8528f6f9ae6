import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";

import { encodeEd25519PublicKey } from "./ed25519/ed25519-key.ts";
import { followJwks } from "./jwks.ts";
import { parseJwks } from "./receive/parse-jwks.ts";
import { verifyEvent } from "./receive/verify-event.ts";
import { signTestRequest } from "./testing.ts";

const PRIVATE_KEY = "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==";
const PUBLIC_KEY = "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=";
const OTHER_KEY = encodeEd25519PublicKey(
  Uint8Array.from(Buffer.from("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "hex")),
);

const toJwk = (key: string) => ({
  kty: "OKP",
  crv: "Ed25519",
  use: "sig",
  x: Buffer.from(key.slice(5), "base64").toString("base64url"),
});

/** A sender whose JWKS the test changes, a clock that it moves, and a receiver that follows. */
async function setup(keys: readonly string[], cacheControl = "public, max-age=300") {
  const sender = { keys, status: 200, looks: 0 };
  const server = createServer((_, response) => {
    sender.looks += 1;
    response.writeHead(sender.status, { "cache-control": cacheControl });
    response.end(JSON.stringify({ keys: sender.keys.map(toJwk) }));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  let now = new Date("2026-01-01T00:00:00Z");
  const { port } = server.address() as AddressInfo;
  const source = followJwks({ url: `http://127.0.0.1:${port}/`, now: () => now });
  return {
    sender,
    source,
    pass: (seconds: number) => (now = new Date(now.getTime() + seconds * 1000)),
    [Symbol.asyncDispose]: async () => void server.close(),
  };
}

const event = { secret: PRIVATE_KEY, type: "a.b", data: 1 };

describe("followJwks", () => {
  test("looks once, and again when the sender's time is over", async () => {
    await using follower = await setup([PUBLIC_KEY]);
    expect(await follower.source.current()).toEqual([PUBLIC_KEY]);
    await Promise.all([follower.source.current(), follower.source.current()]);
    expect(follower.sender.looks).toBe(1);
    follower.pass(301);
    await Promise.all([follower.source.current(), follower.source.current()]);
    expect(follower.sender.looks).toBe(2);
  });

  test("a key that signs before it was seen is found by one more look", async () => {
    await using follower = await setup([OTHER_KEY]);
    await follower.source.current();
    follower.sender.keys = [PUBLIC_KEY, OTHER_KEY];
    follower.pass(31);
    const { headers, body } = await signTestRequest(event);
    expect((await verifyEvent({ secret: follower.source, headers, body })).type).toBe("a.b");
  });

  test("forged requests do not make it look more often than every 30 seconds", async () => {
    await using follower = await setup([OTHER_KEY]);
    const { headers, body } = await signTestRequest(event);
    for (let round = 0; round < 5; round++) {
      await expect(verifyEvent({ secret: follower.source, headers, body })).rejects.toMatchObject({
        code: "no_matching_signature",
      });
    }
    expect(follower.sender.looks).toBe(1);
  });

  test("a sender that is away for an hour costs nothing, and after that its keys count no more", async () => {
    await using follower = await setup([PUBLIC_KEY]);
    await follower.source.current();
    follower.sender.status = 503;
    follower.pass(3000);
    expect(await follower.source.current()).toEqual([PUBLIC_KEY]);
    follower.pass(1000);
    await expect(follower.source.current()).rejects.toMatchObject({ code: "keys_unavailable", status: 503 });
  });

  test("a sender that never answered well is not asked at each request", async () => {
    await using follower = await setup([]);
    await expect(follower.source.current()).rejects.toThrow("holds no Ed25519 key");
    await expect(follower.source.current()).rejects.toMatchObject({ code: "keys_unavailable" });
    expect(follower.sender.looks).toBe(1);
  });
});

describe("parseJwks", () => {
  test("takes the Ed25519 keys for signatures, and leaves the others", () => {
    const { x } = toJwk(PUBLIC_KEY);
    const others = [
      { kty: "RSA", n: "AQAB", e: "AQAB" },
      { kty: "OKP", crv: "X25519", x },
      { ...toJwk(PUBLIC_KEY), use: "enc" },
      null,
      7,
      { kty: "OKP", crv: "Ed25519", x: "AA" },
    ];
    expect(parseJwks(JSON.stringify({ keys: [...others, toJwk(PUBLIC_KEY)] }))).toEqual([PUBLIC_KEY]);
  });

  test.each(["", "[]", "null", "{}", '{"keys":{}}', "<html>"])("%j is no JWK Set", (text) => {
    expect(parseJwks(text)).toBeNull();
  });
});

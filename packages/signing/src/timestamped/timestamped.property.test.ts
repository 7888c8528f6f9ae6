import fc from "fast-check";
import { expect, test } from "vitest";

import { encodeSecret } from "../secret/encode-secret.ts";
import { signTimestamped } from "./sign-timestamped.ts";
import { selfCommunity, theSignup } from "./timestamped-scheme.ts";
import { verifyTimestamped } from "./verify-timestamped.ts";
import type { VerifyTimestampedOptions } from "./verify-timestamped.ts";

const anyRequest = fc
  .record({
    scheme: fc.constantFrom(selfCommunity, theSignup),
    bytes: fc.uint8Array({ minLength: 24, maxLength: 48 }),
    body: fc.oneof(fc.string({ unit: "binary" }), fc.json()),
    seconds: fc.integer({ min: 0, max: 999_999_999_999 }),
  })
  .map(({ bytes, ...rest }) => ({ ...rest, secret: encodeSecret({ format: rest.scheme.secretFormat, bytes }) }));

type Request = typeof anyRequest extends fc.Arbitrary<infer T> ? T : never;

async function send({ scheme, secret, body, seconds }: Request): Promise<VerifyTimestampedOptions> {
  const now = new Date(seconds * 1000);
  const headers = await signTimestamped({ scheme, secret, body, timestamp: now });
  return { scheme, secret, headers, body, now, toleranceSeconds: Infinity };
}

const otherCharacter = (text: string, at: number) => {
  const index = at % text.length;
  const other = text[index] === "7" ? "8" : "7";
  return text.slice(0, index) + other + text.slice(index + 1);
};

test("what was signed verifies, whatever the scheme, secret, time and body", async () => {
  await fc.assert(
    fc.asyncProperty(anyRequest, async (request) => {
      const verified = await verifyTimestamped(await send(request));
      expect(verified).toEqual({ timestamp: new Date(request.seconds * 1000), secretIndex: 0 });
    }),
  );
});

test("one changed character of the secret is refused", async () => {
  await fc.assert(
    fc.asyncProperty(anyRequest, fc.nat(), async (request, at) => {
      const secret = otherCharacter(request.secret, at);
      await expect(verifyTimestamped({ ...(await send(request)), secret })).rejects.toMatchObject({
        code: expect.stringMatching(/^(no_matching_signature|malformed_secret)$/),
      });
    }),
  );
});

test("one changed character of the body, or one more, is refused", async () => {
  await fc.assert(
    fc.asyncProperty(anyRequest, fc.nat(), async (request, at) => {
      const sent = await send(request);
      const bodies = [`${request.body}7`];
      if (request.body !== "") bodies.push(otherCharacter(request.body, at));
      for (const body of bodies) {
        await expect(verifyTimestamped({ ...sent, body })).rejects.toMatchObject({ code: "no_matching_signature" });
      }
    }),
  );
});

test("a timestamp or a signature that was not sent is refused", async () => {
  await fc.assert(
    fc.asyncProperty(anyRequest, fc.nat(), async (request, at) => {
      const sent = await send(request);
      const [[name, value] = ["", ""]] = Object.entries(sent.headers as Record<string, string>);
      const [t = "", ...signatures] = value.split(",");
      const changed = [
        [otherCharacter(t, at), ...signatures],
        [t, ...signatures.map((signature) => otherCharacter(signature, at))],
      ];
      for (const entries of changed) {
        await expect(verifyTimestamped({ ...sent, headers: { [name]: entries.join(",") } })).rejects.toMatchObject({
          code: expect.stringMatching(/^(no_matching_signature|malformed_header)$/),
        });
      }
    }),
  );
});

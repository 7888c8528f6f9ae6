import fc from "fast-check";
import { expect, test } from "vitest";

import { signStandard } from "./sign-standard.ts";
import type { StandardHeaders } from "./sign-standard.ts";
import { verifyStandard } from "./verify-standard.ts";

const anyKey = fc.uint8Array({ minLength: 16, maxLength: 80 });
const anyBody = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.json().map((json) => new TextEncoder().encode(json)),
);
const anySeconds = fc.integer({ min: 0, max: 999_999_999_999 });
const anyId = fc.stringMatching(/^[A-Za-z0-9_-]{1,40}$/);
const anyRequest = fc.record({ key: anyKey, body: anyBody, seconds: anySeconds, id: anyId });
const anyFlip = fc.record({ at: fc.nat(), bit: fc.integer({ min: 0, max: 7 }) });

interface Sent {
  key: Uint8Array;
  body: Uint8Array;
  headers: StandardHeaders;
  now: Date;
}

async function send(request: { key: Uint8Array; body: Uint8Array; seconds: number; id: string }): Promise<Sent> {
  const now = new Date(request.seconds * 1000);
  const headers = await signStandard({ secret: request.key, id: request.id, body: request.body, timestamp: now });
  return { key: request.key, body: request.body, headers, now };
}

const receive = (sent: Sent) =>
  verifyStandard({
    secret: sent.key,
    headers: { ...sent.headers },
    body: sent.body,
    now: sent.now,
    toleranceSeconds: Infinity,
  });

function flip(bytes: Uint8Array, { at, bit }: { at: number; bit: number }): Uint8Array {
  const flipped = Uint8Array.from(bytes);
  const index = at % bytes.length;
  flipped[index] = (bytes[index] ?? 0) ^ (1 << bit);
  return flipped;
}

const flipText = (text: string, at: { at: number; bit: number }) =>
  String.fromCharCode(
    ...flip(
      Uint8Array.from(text, (character) => character.charCodeAt(0)),
      at,
    ),
  );

test("what was signed verifies, whatever the key, id, time and body", async () => {
  await fc.assert(
    fc.asyncProperty(anyRequest, async (request) => {
      const verified = await receive(await send(request));
      expect(verified).toEqual({ id: request.id, timestamp: new Date(request.seconds * 1000), secretIndex: 0 });
    }),
  );
});

test("one flipped bit of the body, or a byte more or less, is refused", async () => {
  await fc.assert(
    fc.asyncProperty(anyRequest, anyFlip, async (request, at) => {
      const sent = await send(request);
      const bodies: Uint8Array[] = [Uint8Array.of(...sent.body, 0x20)];
      if (sent.body.length > 0) bodies.push(flip(sent.body, at), sent.body.subarray(1));
      for (const body of bodies) {
        await expect(receive({ ...sent, body })).rejects.toMatchObject({ code: "no_matching_signature" });
      }
    }),
  );
});

test("one flipped bit of the key is refused", async () => {
  await fc.assert(
    fc.asyncProperty(anyRequest, anyFlip, async (request, at) => {
      const sent = await send(request);
      await expect(receive({ ...sent, key: flip(sent.key, at) })).rejects.toMatchObject({
        code: "no_matching_signature",
      });
    }),
  );
});

test.each(["webhook-id", "webhook-timestamp", "webhook-signature"] as const)(
  "one flipped bit of %s is refused",
  async (name) => {
    await fc.assert(
      fc.asyncProperty(anyRequest, anyFlip, async (request, at) => {
        const sent = await send(request);
        const headers = { ...sent.headers, [name]: flipText(sent.headers[name], at) };
        await expect(receive({ ...sent, headers })).rejects.toMatchObject({
          code: expect.stringMatching(/^(no_matching_signature|malformed_header)$/),
        });
      }),
    );
  },
);

test("among several keys and signatures a request verifies exactly when they share a key", async () => {
  // Of one length: HMAC pads short keys with zeros, so a key and the same key with a zero behind it are one.
  const anyKeys = fc.uniqueArray(fc.uint8Array({ minLength: 32, maxLength: 32 }), {
    minLength: 4,
    maxLength: 8,
    selector: (key) => key.toString(),
  });
  await fc.assert(
    fc.asyncProperty(anyKeys, fc.nat(), fc.nat(), anyBody, async (keys, from, to, body) => {
      const signers = keys.slice(0, 1 + (from % keys.length));
      const verifiers = keys.slice(to % keys.length);
      const now = new Date(0);
      const headers = { ...(await signStandard({ secret: signers, id: "evt_1", body, timestamp: now })) };
      const verification = verifyStandard({ secret: verifiers, headers, body, now });
      const shared = verifiers.findIndex((key) => signers.includes(key));
      if (shared === -1) await expect(verification).rejects.toMatchObject({ code: "no_matching_signature" });
      else expect((await verification).secretIndex).toBe(shared);
    }),
  );
});

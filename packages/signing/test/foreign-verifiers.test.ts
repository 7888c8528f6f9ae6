/** The libraries that receivers already use must accept what we sign, and we what they sign: both ways, all phases. */

import { createHmac } from "node:crypto";
import { Webhook as StandardWebhook } from "standardwebhooks";
import { Webhook as SvixWebhook } from "svix";
import { describe, expect, test } from "vitest";

import { signStandard, verifyStandard } from "@posthorn/signing";
import { formatStandardSignatures, parseSecret, standardSignedPrefix } from "@posthorn/signing/schemes";

const OLD_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const NEW_SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const BODY = '{"type":"invoice.paid","data":{"customer":"Zoë","total":12.50}}';

/** Foreign verifiers read the machine's clock, so their requests are signed at it. */
const NOW = new Date();

const FOREIGN = [
  ["standardwebhooks", (secret: string) => new StandardWebhook(secret)],
  ["svix", (secret: string) => new SvixWebhook(secret)],
] as const;

const PHASES = [
  ["before a rotation", [OLD_SECRET], [OLD_SECRET], [NEW_SECRET]],
  ["in the overlap", [NEW_SECRET, OLD_SECRET], [OLD_SECRET, NEW_SECRET], []],
  ["after it", [NEW_SECRET], [NEW_SECRET], [OLD_SECRET]],
] as const;

const sign = async (secret: readonly string[]) => ({
  ...(await signStandard({ secret, id: "evt_0A1B2C", body: BODY, timestamp: NOW })),
});

describe.each(FOREIGN)("%s", (_, webhook) => {
  test.each(PHASES)("%s it accepts the live secrets and refuses the others", async (_phase, signers, good, bad) => {
    const headers = await sign(signers);
    for (const secret of good) expect(() => webhook(secret).verify(BODY, headers)).not.toThrow();
    for (const secret of bad) expect(() => webhook(secret).verify(BODY, headers)).toThrow();
  });

  test("it refuses another body", async () => {
    const headers = await sign([OLD_SECRET]);
    expect(() => webhook(OLD_SECRET).verify(`${BODY} `, headers)).toThrow();
  });

  test("what it signs, verifyStandard accepts", async () => {
    const headers = {
      "webhook-id": "msg_1",
      "webhook-timestamp": String(Math.floor(NOW.getTime() / 1000)),
      "webhook-signature": webhook(OLD_SECRET).sign("msg_1", NOW, BODY),
    };
    await verifyStandard({ secret: OLD_SECRET, headers, body: BODY, now: NOW });
  });

  test("it accepts what a sender builds from the synchronous pieces with its own HMAC", () => {
    const timestamp = Math.floor(NOW.getTime() / 1000);
    const signatures = [NEW_SECRET, OLD_SECRET].map((text) => {
      const parsed = parseSecret({ format: "whsec_base64", text });
      if (!parsed.ok) throw new Error(parsed.problem);
      const prefix = standardSignedPrefix({ id: "evt_1", timestamp });
      return createHmac("sha256", parsed.key).update(prefix).update(BODY).digest("base64");
    });
    const headers = {
      "webhook-id": "evt_1",
      "webhook-timestamp": String(timestamp),
      "webhook-signature": formatStandardSignatures(signatures),
    };
    for (const secret of [OLD_SECRET, NEW_SECRET]) webhook(secret).verify(BODY, headers);
  });
});

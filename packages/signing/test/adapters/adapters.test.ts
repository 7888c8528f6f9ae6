/** One suite for every adapter, each on its real framework: what a receiver may meet, and what it has to answer. */

import { describe, expect, test } from "vitest";

import { selfCommunity, signStandard, theSignup } from "@posthorn/signing";
import type { SigningError, WebhookEvent, WebhookOptions } from "@posthorn/signing";
import { signTestRequest } from "@posthorn/signing/testing";
import type { TestRequestOptions } from "@posthorn/signing/testing";

import type { AdapterDriver, PostedRequest } from "./adapter-driver.ts";
import { expressDrivers } from "./express-drivers.ts";
import { fastify } from "./fastify-driver.ts";
import { hono, nextRouteHandler } from "./fetch-drivers.ts";
import { koa } from "./koa-driver.ts";
import { lambdaDrivers } from "./lambda-drivers.ts";
import { nestDrivers } from "./nestjs-drivers.ts";

const DRIVERS = [nextRouteHandler, hono, ...expressDrivers, fastify, ...nestDrivers, koa, ...lambdaDrivers];

const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const OTHER_SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX";
const TEXT_SECRET = "3f0c1a5d7e9b2846a1c3e5f70819263544d3c2b1a09f8e7d6c5b4a3928170605";
const THESIGNUP_SECRET = "whsec_3f0c1a5d7e9b2846a1c3e5f70819";
const PRIVATE_KEY = "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==";
const PUBLIC_KEY = "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=";

const EVENT = { secret: SECRET, type: "invoice.paid", data: { id: "inv_1", amount: 4200 } };

/** Bodies that a parser which writes again, or reads as another encoding, would change. */
const ODD_BODIES = [
  '{"type":"a.b","timestamp":"2026-01-02T03:04:05.678Z","data":{"name":"Zoë 😀 中文"}}',
  '{ "type" : "a.b",\n\t"timestamp": "2026-01-02T03:04:05.678Z" ,"data":{"n":1.0e2,"s":"\\u00e9","big":12345678901234567890}}\r\n',
  '\uFEFF{"type":"a.b","timestamp":"2026-01-02T03:04:05.678Z","data":null}',
];

interface Outcome {
  readonly status: number;
  readonly event: WebhookEvent | null;
  readonly error: SigningError | null;
}

async function receive(
  driver: AdapterDriver,
  input: {
    readonly sign?: TestRequestOptions;
    readonly options?: Partial<WebhookOptions>;
    readonly alter?: (request: PostedRequest) => PostedRequest;
    readonly parserFirst?: boolean;
  },
): Promise<Outcome> {
  let event: WebhookEvent | null = null;
  let error: SigningError | null = null;
  await using receiver = await driver.start({
    options: { secret: SECRET, ...input.options },
    parserFirst: input.parserFirst ?? false,
    onEvent: (received) => void (event = received),
    onError: (thrown) => void (error = thrown as SigningError),
  });
  const { headers, body } = await signTestRequest(input.sign ?? EVENT);
  const status = await receiver.post((input.alter ?? ((request) => request))({ headers, body }));
  return { status, event, error };
}

const refusal = async (driver: AdapterDriver, input: Parameters<typeof receive>[1]) => {
  const { status, event, error } = await receive(driver, input);
  return { status, code: error?.code, delivered: event !== null };
};

describe.each(DRIVERS)("$name", (driver) => {
  test("a good request is an event", async () => {
    const before = Math.floor(Date.now() / 1000) * 1000;
    const { status, event } = await receive(driver, {});
    expect(status).toBe(204);
    expect(event).toMatchObject({ id: "evt_test", type: "invoice.paid", data: EVENT.data, secretIndex: 0 });
    expect(event?.timestamp.getTime()).toBeGreaterThanOrEqual(before);
    expect(event?.signedAt.getTime()).toBeGreaterThanOrEqual(before);
  });

  test.each([
    ["SelfCommunity", selfCommunity, TEXT_SECRET, TEXT_SECRET],
    ["thesignup", theSignup, THESIGNUP_SECRET, THESIGNUP_SECRET],
    ["Ed25519", "standard", PRIVATE_KEY, PUBLIC_KEY],
  ] as const)("a good request of %s is an event", async (_, scheme, signing, verifying) => {
    const sign = { ...EVENT, secret: signing, scheme, id: "evt_7" };
    const { status, event } = await receive(driver, { sign, options: { secret: verifying, scheme } });
    expect(status).toBe(204);
    expect(event).toMatchObject({ id: "evt_7", type: "invoice.paid", data: EVENT.data });
  });

  test.each(ODD_BODIES)("the bytes are taken as they came: %j", async (body) => {
    const { status, event } = await receive(driver, { sign: { secret: SECRET, body } });
    expect(status).toBe(204);
    expect(event?.type).toBe("a.b");
    expect(Buffer.from(event?.body ?? []).equals(Buffer.from(body))).toBe(true);
  });

  test("another secret is refused", async () => {
    const wrong = { code: "no_matching_signature", status: 401, delivered: false };
    expect(await refusal(driver, { options: { secret: OTHER_SECRET } })).toEqual(wrong);
  });

  test("a body altered by one byte is refused", async () => {
    const alter = (request: PostedRequest) => {
      const body = Uint8Array.from(request.body);
      body[body.length - 3]! ^= 1;
      return { ...request, body };
    };
    const wrong = { code: "no_matching_signature", status: 401, delivered: false };
    expect(await refusal(driver, { alter })).toEqual(wrong);
  });

  test("a request signed ten minutes ago is refused", async () => {
    const sign = { ...EVENT, timestamp: new Date(Date.now() - 600_000) };
    expect(await refusal(driver, { sign })).toEqual({ code: "timestamp_too_old", status: 401, delivered: false });
  });

  test.each(["webhook-id", "webhook-timestamp", "webhook-signature"])("without %s it is refused", async (name) => {
    const alter = ({ headers, body }: PostedRequest) => ({
      headers: Object.fromEntries(Object.entries(headers).filter(([each]) => each !== name)),
      body,
    });
    expect(await refusal(driver, { alter })).toEqual({ code: "missing_header", status: 400, delivered: false });
  });

  test("a body parser that ran first is named, with what to do", async () => {
    const { status, error } = await receive(driver, { parserFirst: true });
    expect([status, error?.code]).toEqual([500, "body_already_parsed"]);
    expect(error?.message).toMatch(driver.advice);
  });

  const bounded = {
    secret: SECRET,
    body: `{"type":"a.b","timestamp":"2026-01-02T03:04:05Z","data":"${"x".repeat(9941)}"}`,
  };

  test("a body of exactly the bound is taken", async () => {
    expect(bounded.body).toHaveLength(10_000);
    const options = { maxBodyBytes: 10_000 };
    expect((await receive(driver, { sign: bounded, options })).status).toBe(204);
  });

  test.each(driver.streams ? [false, true] : [false])(
    "a body over the bound is refused; chunked: %j",
    async (chunked) => {
      const options = { maxBodyBytes: driver.bound ?? 9999 };
      const sign = driver.bound === undefined ? bounded : { ...bounded, body: bounded.body.padEnd(driver.bound + 1) };
      const alter = (request: PostedRequest) => ({ ...request, chunked });
      expect(await refusal(driver, { sign, options, alter })).toMatchObject({ status: 413, delivered: false });
    },
  );

  test("in an overlap the old secret, the new one and both verify", async () => {
    const sign = { ...EVENT, secret: [OTHER_SECRET, SECRET] };
    expect((await receive(driver, { sign, options: { secret: SECRET } })).status).toBe(204);
    expect((await receive(driver, { sign, options: { secret: OTHER_SECRET } })).status).toBe(204);
    const both = await receive(driver, { sign: EVENT, options: { secret: [OTHER_SECRET, SECRET] } });
    expect(both.event?.secretIndex).toBe(1);
  });

  test("an empty body is one like any other, and no parser's fault", async () => {
    const sign = { secret: SECRET, body: "" };
    expect(await refusal(driver, { sign })).toEqual({ code: "malformed_event", status: 400, delivered: false });
  });

  test("a genuine body that is no envelope is said to be so, and read by an envelope of one's own", async () => {
    const sign = { secret: SECRET, body: '{"event":"comment.add","data":{"n":1}}' };
    expect(await refusal(driver, { sign })).toEqual({ code: "malformed_event", status: 400, delivered: false });
    const envelope = (body: unknown) => ({ type: (body as { event: string }).event, data: body });
    const { event } = await receive(driver, { sign, options: { envelope } });
    expect(event).toMatchObject({ id: "evt_test", type: "comment.add", data: { data: { n: 1 } } });
  });
});

test("a signed header that came twice is refused by API Gateway's events too", async () => {
  const { verify } = await import("@posthorn/signing/lambda");
  const body = '{"type":"a.b","timestamp":"2026-01-02T03:04:05Z","data":1}';
  const { "webhook-id": id, ...others } = await signStandard({ secret: SECRET, id: "evt_1", body });
  const multiValueHeaders = {
    "webhook-id": [id, "evt_2"],
    "webhook-timestamp": [others["webhook-timestamp"]],
    "webhook-signature": [others["webhook-signature"]],
  };
  const event = { headers: { "webhook-id": id, ...others }, multiValueHeaders, body, isBase64Encoded: false };
  await expect(verify(event, { secret: SECRET })).rejects.toMatchObject({ code: "malformed_header" });
});

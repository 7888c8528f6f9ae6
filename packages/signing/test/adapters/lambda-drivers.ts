/**
 * AWS Lambda: the events of API Gateway (REST APIs send payload 1.0, HTTP APIs 2.0), of function URLs and of load
 * balancers, in the shape in which they arrive.
 */

import { verify } from "@posthorn/signing/lambda";
import type { LambdaEvent } from "@posthorn/signing/lambda";

import { statusOf, told } from "./adapter-driver.ts";
import type { AdapterDriver, PostedRequest, ReceiverSetup } from "./adapter-driver.ts";

export const lambdaDrivers: readonly AdapterDriver[] = [
  toDriver("API Gateway REST", (request) => ({ ...restEvent(request), ...asText(request) })),
  toDriver("API Gateway REST, binary", (request) => ({ ...restEvent(request), ...asBase64(request) })),
  toDriver("API Gateway HTTP", (request) => ({ ...httpEvent(request, API_GATEWAY), ...asBase64(request) })),
  toDriver("function URL", (request) => ({ ...httpEvent(request, FUNCTION_URL), ...asText(request) })),
  toDriver("load balancer", (request) => ({ ...balancerEvent(request), ...asText(request) })),
];

function toDriver(name: string, toEvent: (request: PostedRequest) => LambdaEvent): AdapterDriver {
  return {
    name: `Lambda, ${name}`,
    advice: /http-json-body-parser/,
    streams: false,
    start: async (setup) => ({
      post: async (request) => (await handler(setup, toEvent(request))).statusCode,
      [Symbol.asyncDispose]: () => Promise.resolve(),
    }),
  };
}

async function handler(setup: ReceiverSetup, event: LambdaEvent): Promise<{ statusCode: number }> {
  const parsed = setup.parserFirst ? { ...event, body: { type: "parsed" } as unknown as string } : event;
  try {
    await told(setup, () => verify(parsed, setup.options));
  } catch (error) {
    return { statusCode: statusOf(error) };
  }
  return { statusCode: 204 };
}

const asText = ({ body }: PostedRequest) => ({ body: Buffer.from(body).toString(), isBase64Encoded: false });
const asBase64 = ({ body }: PostedRequest) => ({ body: Buffer.from(body).toString("base64"), isBase64Encoded: true });

/** Payload 1.0 has each header twice over: the last value of each, and all of them. */
function restEvent({ headers }: PostedRequest) {
  const named = Object.fromEntries(Object.entries(headers).map(([name, value]) => [toTitle(name), value]));
  return {
    resource: "/hooks",
    path: "/hooks",
    httpMethod: "POST",
    headers: { Host: "abc123.execute-api.eu-central-1.amazonaws.com", ...named },
    multiValueHeaders: Object.fromEntries(Object.entries(named).map(([name, value]) => [name, [value]])),
    queryStringParameters: null,
    multiValueQueryStringParameters: null,
    pathParameters: null,
    stageVariables: null,
    requestContext: { resourcePath: "/hooks", httpMethod: "POST", stage: "prod", identity: { sourceIp: "192.0.2.7" } },
  };
}

const API_GATEWAY = "abc123.execute-api.eu-central-1.amazonaws.com";
const FUNCTION_URL = "abc123.lambda-url.eu-central-1.on.aws";

/** Payload 2.0 has names in lower case, and joins a header that came twice with a comma. */
function httpEvent({ headers }: PostedRequest, domainName: string) {
  return {
    version: "2.0",
    routeKey: "$default",
    rawPath: "/hooks",
    rawQueryString: "",
    headers: { host: domainName, "x-forwarded-proto": "https", ...headers },
    requestContext: {
      domainName,
      http: { method: "POST", path: "/hooks", protocol: "HTTP/1.1", sourceIp: "192.0.2.7" },
      stage: "$default",
      timeEpoch: 1_700_000_000_000,
    },
  };
}

/** A target group with multi-value headers sends those alone. */
function balancerEvent({ headers }: PostedRequest) {
  return {
    requestContext: { elb: { targetGroupArn: "arn:aws:elasticloadbalancing:eu-central-1:1:targetgroup/hooks/1" } },
    httpMethod: "POST",
    path: "/hooks",
    multiValueQueryStringParameters: {},
    multiValueHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
  };
}

function toTitle(name: string): string {
  return name.replaceAll(/\b[a-z]/g, (letter) => letter.toUpperCase());
}

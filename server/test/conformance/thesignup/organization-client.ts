/** Speaks thesignup's API with an organisation's key, or with whatever a test says, and notes what was answered. */
import { expect } from "vitest";

import { findOperation } from "../../../src/dialects/thesignup/operations.ts";
import { noteAnswer } from "../report.ts";
import type { Organization } from "./open-organization.ts";

export interface OrganizationAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The parsed body; the empty text where there is none. Typed loosely: fixtures are what checks it. */
  // oxlint-disable-next-line no-explicit-any
  readonly body: any;
}

export interface OrganizationRequest {
  readonly method: string;
  /** Below the site origin. */
  readonly path: string;
  readonly body?: unknown;
  /** Sent as they are, instead of a JSON value. */
  readonly bytes?: string;
  /** Default: the organisation's key. Null: none. */
  readonly token?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
}

export type OrganizationClient = (request: OrganizationRequest) => Promise<OrganizationAnswer>;

export const WEBHOOKS = "/api/v1/webhooks";

/** Every answer, whatever it says, tells what is left of its caller's budget. */
export function clientOf(organization: Pick<Organization, "baseUrl" | "apiKey">): OrganizationClient {
  return async ({ method, path, body, bytes, token = organization.apiKey, headers }) => {
    const payload = bytes ?? (body === undefined ? null : JSON.stringify(body));
    const init: RequestInit = {
      method,
      redirect: "manual",
      headers: {
        ...(payload === null ? {} : { "content-type": "application/json" }),
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...headers,
      },
      body: payload,
    };
    const response = await fetch(new URL(path, organization.baseUrl), init);
    const text = await response.text();
    noteAnswer({ dialect: "thesignup", operation: operationOf(method, path), status: response.status });
    expectBudget(response.headers);
    return { status: response.status, headers: response.headers, text, body: text === "" ? "" : JSON.parse(text) };
  };
}

function operationOf(method: string, path: string): string {
  const { pathname } = new URL(path, "http://any");
  const operation = findOperation(method, pathname);
  return operation === null ? `other: ${pathname}` : `${operation.method} ${operation.path}`;
}

function expectBudget(headers: Headers): void {
  const [limit, remaining, reset] = ["limit", "remaining", "reset"].map((name) => headers.get(`x-ratelimit-${name}`));
  for (const value of [limit, remaining, reset]) expect(value).toMatch(/^\d+$/);
  expect(Number(remaining)).toBeLessThanOrEqual(Number(limit));
  expect(Number(reset)).toBeGreaterThan(1_700_000_000);
}

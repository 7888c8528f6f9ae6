/** What the rows of the contract's tables are compared with. */
import { expect } from "vitest";

export const UUID = expect.stringMatching(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
export const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
/** Of no endpoint and of no delivery. */
export const UNKNOWN_ID = "497f6eca-6276-4993-bfeb-53cbbbba6f08";

/** A problem body, whole. */
export function problem(status: number, code: string, title: string, more: object = {}): object {
  const type = `https://thesignup.app/problems/${code.replaceAll("_", "-")}`;
  return { type, title, status, code, ...more };
}

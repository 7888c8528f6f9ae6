/**
 * Decides the id under which a request stands in logs, problems and its answer's `x-request-id`: the caller's own when
 * it is safe to repeat, else a new one. Written against ids that smuggle line breaks or kilobytes into logs.
 */
import { randomUUID } from "node:crypto";

export const REQUEST_ID_HEADER = "x-request-id";

const WELL_FORMED = /^[A-Za-z0-9._:~-]{1,128}$/;

/** The id in `header` if it is 1 to 128 characters of `A-Z a-z 0-9 . _ : ~ -`, else `req_` and 32 hex digits. */
export function requestId(header: string | null | undefined): string {
  if (header != null && WELL_FORMED.test(header)) return header;
  return `req_${randomUUID().replaceAll("-", "")}`;
}

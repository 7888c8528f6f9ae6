/**
 * Walks a tenant's audit log from its first row to its head and names the first row that was changed, removed, put in
 * or cut from the end. Rows that are written meanwhile do not disturb it: it goes as far as the head stood when it began.
 * Somebody who holds the database can cut the end and set the head back with it; only a head that was kept elsewhere
 * (`expect`: from the server's log or the API) shows that.
 */
import type { Database } from "../../db/database.ts";
import { findLastAuditNumber } from "../../db/queries/find-last-audit-number.ts";
import { readAuditRows } from "../../db/queries/read-audit-rows.ts";
import { selectAuditHead } from "../../db/queries/select-audit-head.ts";
import type { KeyRing } from "../encryption/key-ring.ts";
import { GENESIS_MAC } from "./audit-mac.ts";
import type { AuditHead } from "./audit-row.ts";
import { type ChainFault, checkChain, checkEnd } from "./check-chain.ts";

export type AuditVerdict =
  | { readonly ok: true; readonly head: AuditHead }
  | { readonly ok: false; readonly fault: ChainFault };

const START: AuditHead = { number: 0, mac: GENESIS_MAC };
/** A tenant's creation is the first row, in its own commit: a log without rows had some. */
const NOTHING_LEFT: ChainFault = { kind: "cut", number: 1 };
/** A few megabytes at once, and rarely a round trip. */
const ROWS_AT_ONCE = 1_000;

export async function verifyAudit({
  database,
  keyRing,
  tenantId,
  expect,
}: {
  readonly database: Database;
  readonly keyRing: KeyRing;
  readonly tenantId: string;
  /** A head that the log once had. */
  readonly expect?: AuditHead | undefined;
}): Promise<AuditVerdict> {
  const head = (await selectAuditHead(database, tenantId)) ?? START;
  let last: AuditHead = START;
  let expected: AuditHead | null = expect?.number === 0 ? START : null;
  while (last.number < head.number) {
    const range = { tenantId, after: last.number, upTo: head.number, limit: ROWS_AT_ONCE };
    const rows = await readAuditRows(database, range);
    const fault = checkChain(keyRing, last, rows);
    if (fault !== null) return { ok: false, fault };
    const end = rows.at(-1);
    if (end === undefined) break;
    expected ??= rows.find((row) => row.number === expect?.number) ?? null;
    last = end;
  }

  const fault =
    checkEnd(head, last) ??
    (expect === undefined ? null : checkEnd(expect, expected ?? last)) ??
    (await findRowBehindHead(database, tenantId)) ??
    (last.number === 0 ? NOTHING_LEFT : null);
  return fault === null ? { ok: true, head: last } : { ok: false, fault };
}

/** Asked in this order, what is being written cannot look like it: a row and its head are committed together. */
async function findRowBehindHead(database: Database, tenantId: string): Promise<ChainFault | null> {
  const standing = await findLastAuditNumber(database, tenantId);
  const head = (await selectAuditHead(database, tenantId)) ?? START;
  return standing > head.number ? { kind: "behind_head", number: head.number + 1 } : null;
}

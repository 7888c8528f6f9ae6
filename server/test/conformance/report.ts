/**
 * What was answered to which operation of a dialect, for the table of `npm run conformance`. Each test file writes its
 * part into the folder that CONFORMANCE_REPORT names; without it nothing is written.
 */
import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface AnsweredOperation {
  readonly dialect: string;
  readonly operation: string;
  readonly status: number;
}

const answered: AnsweredOperation[] = [];

export function noteAnswer(answer: AnsweredOperation): void {
  answered.push(answer);
}

/** To be called when a test file is done. */
export function writeReport(): void {
  const folder = process.env["CONFORMANCE_REPORT"];
  if (folder === undefined) return;
  writeFileSync(join(folder, `${randomUUID()}.json`), JSON.stringify(answered));
}

export function readReport(folder: string): AnsweredOperation[] {
  return readdirSync(folder).flatMap(
    (file) => JSON.parse(readFileSync(join(folder, file), "utf8")) as AnsweredOperation[],
  );
}

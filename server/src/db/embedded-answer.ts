/**
 * Reads what PGlite answered to one call, in the message format of `embedded-messages.ts`.
 * The columns of a statement are described once, at its first execution; later answers hold rows only and are read with
 * the columns of the first.
 */
import { decoderOf } from "./decode-value.ts";

export interface Column {
  readonly name: string;
  readonly decode: (text: string) => unknown;
}

export interface Answer {
  /** As described in this answer, or else those given. */
  readonly columns: readonly Column[];
  readonly rows: Record<string, unknown>[];
  /** The last command that ran, such as `INSERT 0 1` or `ROLLBACK`. */
  readonly command: string;
  /** The first refusal. */
  readonly refusal: Refusal | undefined;
}

export interface Refusal {
  /** SQLSTATE. */
  readonly code: string;
  readonly message: string;
  readonly constraint: string | undefined;
}

const TYPE_AND_LENGTH_BYTES = 5;

export function readAnswer(bytes: Buffer, knownColumns: readonly Column[]): Answer {
  let columns = knownColumns;
  let command = "";
  let refusal: Refusal | undefined;
  const rows: Record<string, unknown>[] = [];

  for (let at = 0; at < bytes.length;) {
    const start = at + TYPE_AND_LENGTH_BYTES;
    const end = at + 1 + bytes.readInt32BE(at + 1);
    switch (String.fromCharCode(bytes.readUInt8(at))) {
      case "T":
        columns = readColumns(bytes, start);
        break;
      case "D":
        rows.push(readRow(bytes, start, columns));
        break;
      case "C":
        command = bytes.toString("utf8", start, end - 1);
        break;
      case "E":
        refusal ??= readRefusal(bytes, start);
        break;
      default:
      // Completions without content, descriptions of parameters, notices, ready for the next.
    }
    at = end;
  }
  return { columns, rows, command, refusal };
}

function readColumns(bytes: Buffer, start: number): Column[] {
  const columns: Column[] = [];
  let at = start + 2;
  for (let left = bytes.readUInt16BE(start); left > 0; left -= 1) {
    const nameEnd = bytes.indexOf(0, at);
    // After the name's zero: table (4 bytes), column (2), type (4), size (2), modifier (4), format (2).
    const type = bytes.readUInt32BE(nameEnd + 7);
    columns.push({ name: bytes.toString("utf8", at, nameEnd), decode: decoderOf(type) });
    at = nameEnd + 19;
  }
  return columns;
}

function readRow(bytes: Buffer, start: number, columns: readonly Column[]): Record<string, unknown> {
  const row: Record<string, unknown> = {};
  let at = start + 2;
  for (const column of columns) {
    const length = bytes.readInt32BE(at);
    at += 4;
    if (length < 0) {
      row[column.name] = null;
      continue;
    }
    row[column.name] = column.decode(bytes.toString("utf8", at, at + length));
    at += length;
  }
  return row;
}

function readRefusal(bytes: Buffer, start: number): Refusal {
  const fields = new Map<string, string>();
  for (let at = start; bytes[at] !== 0;) {
    const end = bytes.indexOf(0, at);
    fields.set(bytes.toString("latin1", at, at + 1), bytes.toString("utf8", at + 1, end));
    at = end + 1;
  }
  return {
    code: fields.get("C") ?? "XX000",
    message: fields.get("M") ?? "refused without a message",
    constraint: fields.get("n"),
  };
}

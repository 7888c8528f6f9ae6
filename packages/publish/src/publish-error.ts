/**
 * The one error of this package: Posthorn's function refused the event. Libraries wrap what the driver threw each in
 * their own way; here it is found again by its SQLSTATE, which is of a class of its own. Whatever else is thrown is
 * passed on as it is.
 */

export type PublishErrorCode =
  /** There is no such tenant, or the database role may not publish for it. */
  | "not_found"
  /** The tenant has no such event type. */
  | "event_type_unknown"
  /** More than 262,144 bytes. */
  | "data_too_large"
  /** The key was used for another event. */
  | "idempotency_key_reused"
  /** An argument is not what it must be: `problem` and `argument` say which and how. */
  | "validation_failed";

const CODES: ReadonlyMap<string, PublishErrorCode> = new Map([
  ["PH001", "not_found"],
  ["PH002", "event_type_unknown"],
  ["PH003", "data_too_large"],
  ["PH004", "idempotency_key_reused"],
  ["PH005", "validation_failed"],
]);

/** The transaction has failed, unless a savepoint stands before it. */
export class PublishError extends Error {
  override readonly name = "PublishError";
  readonly code: PublishErrorCode;
  readonly sqlState: string;
  /** The finer code, such as `type_malformed`; null where the library keeps it back. */
  readonly problem: string | null;
  /** The argument of `posthorn.publish` that it is about; null where the library keeps it back. */
  readonly argument: string | null;

  constructor(
    message: string,
    options: {
      readonly code: PublishErrorCode;
      readonly sqlState: string;
      readonly problem: string | null;
      readonly argument: string | null;
      readonly cause: unknown;
    },
  ) {
    super(message, { cause: options.cause });
    this.code = options.code;
    this.sqlState = options.sqlState;
    this.problem = options.problem;
    this.argument = options.argument;
  }
}

/** Errors inside errors, looked into so deep: each library adds one or two. */
const DEPTH = 6;

/** What was thrown, as a PublishError where it is one of Posthorn's refusals. */
export function toPublishError(thrown: unknown): unknown {
  return find(thrown, thrown, DEPTH) ?? thrown;
}

function find(value: unknown, thrown: unknown, depth: number): PublishError | null {
  if (typeof value !== "object" || value === null || depth === 0) return null;
  const fields = value as Readonly<Record<string, unknown>>;
  for (const sqlState of [fields["code"], fields["originalCode"]]) {
    const code = typeof sqlState === "string" ? CODES.get(sqlState) : undefined;
    if (code === undefined) continue;
    return new PublishError(textOf(fields["originalMessage"]) ?? textOf(fields["message"]) ?? code, {
      code,
      sqlState: sqlState as string,
      problem: textOf(fields["detail"]),
      argument: textOf(fields["column"]),
      cause: thrown,
    });
  }
  // pg and Kysely throw the driver's error itself, Drizzle has it as the cause, Prisma among what it knows of it.
  for (const inner of [fields["cause"], fields["meta"], fields["driverAdapterError"]]) {
    const found = find(inner, thrown, depth - 1);
    if (found !== null) return found;
  }
  return null;
}

function textOf(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

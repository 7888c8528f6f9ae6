/** Pieces that the schemas of several resources are made of. */
import { z } from "@hono/zod-openapi";

import type { InputProblem } from "../../core/errors/core-error.ts";
import { checkMetadata } from "../../core/metadata/check-metadata.ts";

/** A time of an answer: ISO 8601, UTC, milliseconds. */
export const isoTime = z.string().openapi({ format: "date-time", example: "2026-01-31T12:00:00.000Z" });

/**
 * A check of the core as a check of a schema, so that a bound stands in one place and every mistake of a body is told
 * at once. The paths of its problems are dropped for the schema's own.
 */
export function checkedBy<Value>(check: (value: Value) => readonly InputProblem[]): z.core.CheckFn<Value> {
  return (payload) => {
    for (const { code, message } of check(payload.value)) {
      payload.issues.push({ code: "custom", message, params: { code }, input: payload.value });
    }
  };
}

export const metadataSchema = z
  .record(z.string(), z.unknown())
  .check(checkedBy((value) => checkMetadata(value, "")))
  .openapi({ description: "For your own use: a JSON object of at most 4 KiB.", example: { plan: "pro" } });

/** The steps of a JSON pointer below its first, which names the setting. */
export function stepsWithin(pointer: string): string[] {
  return pointer
    .split("/")
    .slice(2)
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
}

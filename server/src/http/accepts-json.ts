/** Whether a caller takes JSON for an answer, by its `Accept` header (RFC 9110, section 12.5.1). */

const RANGES: readonly string[] = ["application/json", "application/*", "*/*"];

/** True without the header. The most specific range that covers JSON decides; a quality of 0 refuses it. */
export function acceptsJson(header: string | null | undefined): boolean {
  if (header == null || header.trim() === "") return true;
  const qualities = new Map(header.split(",").map((range) => readRange(range)));
  const decisive = RANGES.find((range) => qualities.has(range));
  return decisive !== undefined && (qualities.get(decisive) ?? 0) > 0;
}

function readRange(range: string): [type: string, quality: number] {
  const [type = "", ...parameters] = range.split(";").map((part) => part.trim().toLowerCase());
  const quality = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2);
  return [type, quality === undefined ? 1 : Number(quality) || 0];
}

/**
 * The events of a run: about 1 kB each, with a sequence number and the time of publishing inside `data`, in fixed
 * places and widths. The load generator overwrites the digits in its buffer; the receiver finds them by their names in
 * whatever envelope the bytes arrive. Neither parses JSON, so neither is the bottleneck.
 */
export const SEQUENCE_DIGITS = 10;
const MICROS_DIGITS = 16;
export const SEQUENCE_MARK = '"benchSequence":"';
export const MICROS_MARK = '"publishedAtMicros":"';

/** Of an ordinary webhook: an invoice with a few lines. Every event has this length, whatever its type. */
export const EVENT_BYTES = 1024;

export interface EventBody {
  readonly bytes: Buffer;
  readonly sequenceAt: number;
  readonly microsAt: number;
}

/** `{"type", "data"}` as it is published; what differs from event to event is left as zeros. */
export function createEventBody(type: string): EventBody {
  const stamps = `${SEQUENCE_MARK}${"0".repeat(SEQUENCE_DIGITS)}",${MICROS_MARK}${"0".repeat(MICROS_DIGITS)}"`;
  const lines = Array.from({ length: 8 }, (_, index) => ({
    sku: `sku_${1000 + index}`,
    quantity: index + 1,
    amount: 1999,
  }));
  const start = `{"type":"${type}","data":{${stamps},"id":"inv_20417","currency":"EUR","lines":${JSON.stringify(lines)},"note":"`;
  const end = '"}}';
  const bytes = Buffer.from(start + "x".repeat(EVENT_BYTES - start.length - end.length) + end, "latin1");
  return {
    bytes,
    sequenceAt: bytes.indexOf(SEQUENCE_MARK) + SEQUENCE_MARK.length,
    microsAt: bytes.indexOf(MICROS_MARK) + MICROS_MARK.length,
  };
}

/** Writes a copy of `body` into `target` from `at` on, with the digits of one event. */
export function writeEvent(
  target: Buffer,
  at: number,
  body: EventBody,
  stamp: { readonly sequence: number; readonly micros: number },
): void {
  body.bytes.copy(target, at);
  writeDigits(target, at + body.sequenceAt, SEQUENCE_DIGITS, stamp.sequence);
  writeDigits(target, at + body.microsAt, MICROS_DIGITS, stamp.micros);
}

/** What was stamped, read from an arrived body from `start` on; null where it holds no such event. */
export function readStamp(bytes: Buffer, start: number): { sequence: number; micros: number } | null {
  const sequenceAt = bytes.indexOf(SEQUENCE_MARK, start);
  if (sequenceAt === -1) return null;
  const microsAt = bytes.indexOf(MICROS_MARK, sequenceAt);
  if (microsAt === -1) return null;
  return {
    sequence: readDigits(bytes, sequenceAt + SEQUENCE_MARK.length, SEQUENCE_DIGITS),
    micros: readDigits(bytes, microsAt + MICROS_MARK.length, MICROS_DIGITS),
  };
}

function writeDigits(bytes: Buffer, at: number, digits: number, value: number): void {
  let rest = value;
  for (let place = at + digits - 1; place >= at; place -= 1) {
    bytes[place] = 48 + (rest % 10);
    rest = Math.floor(rest / 10);
  }
}

function readDigits(bytes: Buffer, at: number, digits: number): number {
  let value = 0;
  for (let place = at; place < at + digits; place += 1) value = value * 10 + (bytes[place] ?? 48) - 48;
  return value;
}

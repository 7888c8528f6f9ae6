/**
 * The events of a run: about 1 kB each, with a sequence number and the time of publishing inside `data`, in fixed
 * places and widths. The load generator overwrites the digits in one buffer; the receiver finds them by their names in
 * whatever envelope the bytes arrive. Neither parses JSON, so neither is the bottleneck.
 */
const SEQUENCE_DIGITS = 10;
const MICROS_DIGITS = 16;
const SEQUENCE_MARK = '"benchSequence":"';
const MICROS_MARK = '"publishedAtMicros":"';

/** Of an ordinary webhook: an invoice with a few lines. */
const PAYLOAD_BYTES = 1024;

export interface EventTemplate {
  readonly bytes: Buffer;
  /** Writes the digits of one event into `bytes`. */
  stamp(sequence: number, micros: number): void;
}

/** @param before bytes in front of the JSON text, such as the head of a request. */
export function createEventTemplate(head: (bodyBytes: number) => string): EventTemplate {
  const body = eventBody();
  const bytes = Buffer.from(head(body.length) + body, "latin1");
  const sequenceAt = bytes.indexOf(SEQUENCE_MARK) + SEQUENCE_MARK.length;
  const microsAt = bytes.indexOf(MICROS_MARK) + MICROS_MARK.length;
  return {
    bytes,
    stamp(sequence, micros) {
      writeDigits(bytes, sequenceAt, SEQUENCE_DIGITS, sequence);
      writeDigits(bytes, microsAt, MICROS_DIGITS, micros);
    },
  };
}

/** What `stamp` wrote, read from an arrived body between `start` and `end`; null where it holds no such event. */
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

function eventBody(): string {
  const stamps = `${SEQUENCE_MARK}${"0".repeat(SEQUENCE_DIGITS)}",${MICROS_MARK}${"0".repeat(MICROS_DIGITS)}"`;
  const lines = Array.from({ length: 8 }, (_, index) => ({
    sku: `sku_${1000 + index}`,
    quantity: index + 1,
    amount: 1999,
  }));
  const start = `{"type":"invoice.paid","data":{${stamps},"id":"inv_20417","currency":"EUR","lines":${JSON.stringify(lines)}`;
  const filling = "x".repeat(PAYLOAD_BYTES - start.length);
  return `${start},"note":"${filling}"}}`;
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

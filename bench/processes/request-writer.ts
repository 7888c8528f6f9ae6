/** Writes whole publish requests into one buffer of a connection: heads and bodies are made once and only copied. */
import { EVENT_BYTES, type EventBody, writeEvent } from "../payload.ts";

export interface PublishTarget {
  /** Where the POST goes. */
  readonly url: string;
  /** Servers that take it, of which each connection has one, in turns; left out: the one of the URL. */
  readonly servers?: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
}

export interface RequestWriter {
  /** The bytes of one request; they stand until the next call. Events of a batch count up from `sequence`. */
  write(request: {
    /** Indexes into what the writer was made with. */
    readonly target: number;
    readonly type: number;
    readonly sequence: number;
    readonly micros: number;
  }): Buffer;
}

const BATCH_START = Buffer.from('{"events":[');
const BATCH_END = Buffer.from("]}");
const COMMA = 44;

export function createRequestWriter({
  targets,
  bodies,
  batch,
}: {
  readonly targets: readonly PublishTarget[];
  readonly bodies: readonly EventBody[];
  /** Events in one request; null sends single events. */
  readonly batch: number | null;
}): RequestWriter {
  const bodyBytes =
    batch === null ? EVENT_BYTES : BATCH_START.length + batch * (EVENT_BYTES + 1) - 1 + BATCH_END.length;
  const heads = targets.map((target) => Buffer.from(requestHead(target, bodyBytes), "latin1"));
  const buffer = Buffer.alloc(Math.max(...heads.map(({ length }) => length)) + bodyBytes);
  return {
    write({ target, type, sequence, micros }) {
      const head = heads[target];
      const body = bodies[type];
      if (head === undefined || body === undefined) throw new Error("there is no such target or type");
      head.copy(buffer);
      if (batch === null) {
        writeEvent(buffer, head.length, body, { sequence, micros });
        return buffer.subarray(0, head.length + bodyBytes);
      }
      let at = head.length + BATCH_START.copy(buffer, head.length);
      for (let place = 0; place < batch; place += 1) {
        if (place > 0) at = buffer.writeUInt8(COMMA, at);
        writeEvent(buffer, at, body, { sequence: sequence + place, micros });
        at += EVENT_BYTES;
      }
      BATCH_END.copy(buffer, at);
      return buffer.subarray(0, head.length + bodyBytes);
    },
  };
}

function requestHead({ url, headers }: PublishTarget, bodyBytes: number): string {
  const { host, pathname } = new URL(url);
  const all = { host, "content-type": "application/json", ...headers, "content-length": bodyBytes };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `POST ${pathname} HTTP/1.1\r\n${lines.join("")}\r\n`;
}

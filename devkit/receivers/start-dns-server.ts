/**
 * A real name server on a UDP socket, scripted name by name: addresses, no such name, failure, silence, and
 * another answer each time (for rebinding). Answers A and AAAA questions (RFC 1035, RFC 3596).
 */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { isIPv6 } from "node:net";

/** `silence` never answers; `failure` is SERVFAIL; a list is what the name has, of both families. */
export type DnsAnswer = "silence" | "not_found" | "failure" | readonly string[];

export interface DnsQuestion {
  readonly name: string;
  readonly family: 4 | 6;
}

/** `count` is the number of earlier questions for this name and family. */
export type DnsScript = DnsAnswer | ((question: DnsQuestion & { readonly count: number }) => DnsAnswer);

export interface DnsServer extends AsyncDisposable {
  /** `127.0.0.1:port`, as a resolver takes it. */
  readonly address: string;
  readonly questions: readonly DnsQuestion[];
  /** Scripts a name; a function is asked at every question. */
  set(name: string, answer: DnsScript, ttlSeconds?: number): void;
}

const TYPE_A = 1;
const TYPE_AAAA = 28;
const HEADER_BYTES = 12;
const NO_ERROR = 0;
const SERVER_FAILURE = 2;
const NAME_ERROR = 3;

/** @param options.unknown the answer for names that were not scripted; left out: they do not exist. */
export async function startDnsServer({
  unknown = "not_found",
}: { readonly unknown?: DnsAnswer } = {}): Promise<DnsServer> {
  const script = new Map<string, { answer: DnsScript; ttlSeconds: number }>();
  const counts = new Map<string, number>();
  const questions: DnsQuestion[] = [];
  const socket = createSocket("udp4");

  socket.on("message", (query, peer) => {
    const { name, type, end } = readQuestion(query);
    const family = type === TYPE_AAAA ? 6 : 4;
    questions.push({ name, family });
    const scripted = script.get(name);
    const count = counts.get(`${name} ${family}`) ?? 0;
    counts.set(`${name} ${family}`, count + 1);
    const { answer: given = unknown, ttlSeconds = 0 } = scripted ?? {};
    const answer = typeof given === "function" ? given({ name, family, count }) : given;
    if (answer === "silence") return;
    const code = answer === "failure" ? SERVER_FAILURE : answer === "not_found" ? NAME_ERROR : NO_ERROR;
    const addresses =
      typeof answer === "string" ? [] : answer.filter((address) => isIPv6(address) === (type === TYPE_AAAA));
    const records = addresses.map((address) => toRecord(address, type, ttlSeconds));
    socket.send(
      Buffer.concat([toHeader(query, code, records.length), query.subarray(HEADER_BYTES, end), ...records]),
      peer.port,
      peer.address,
    );
  });

  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return {
    address: `127.0.0.1:${socket.address().port}`,
    questions,
    set: (name, answer, ttlSeconds = 0) => void script.set(name, { answer, ttlSeconds }),
    async [Symbol.asyncDispose]() {
      socket.close();
      await once(socket, "close");
    },
  };
}

function readQuestion(query: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = [];
  let at = HEADER_BYTES;
  for (let length = query.readUInt8(at); length > 0; length = query.readUInt8(at)) {
    labels.push(query.toString("ascii", at + 1, at + 1 + length));
    at += length + 1;
  }
  return { name: labels.join(".").toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5 };
}

/** The query's id back, as an authoritative answer with recursion. */
function toHeader(query: Buffer, code: number, records: number): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt16BE(query.readUInt16BE(0), 0);
  header.writeUInt16BE(0x8580 | code, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(records, 6);
  return header;
}

/** One record whose name points back at the question (RFC 1035 section 4.1.4). */
function toRecord(address: string, type: number, ttlSeconds: number): Buffer {
  const bytes = type === TYPE_A ? Buffer.from(address.split(".").map(Number)) : ipv6Bytes(address);
  const record = Buffer.alloc(12);
  record.writeUInt16BE(0xc000 | HEADER_BYTES, 0);
  record.writeUInt16BE(type, 2);
  record.writeUInt16BE(1, 4);
  record.writeUInt32BE(ttlSeconds, 6);
  record.writeUInt16BE(bytes.length, 10);
  return Buffer.concat([record, bytes]);
}

function ipv6Bytes(address: string): Buffer {
  const [head = "", tail = ""] = address.split("::");
  const before = head === "" ? [] : head.split(":");
  const after = tail === "" ? [] : tail.split(":");
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => "0");
  return Buffer.concat([...before, ...zeros, ...after].map((group) => Buffer.from(group.padStart(4, "0"), "hex")));
}

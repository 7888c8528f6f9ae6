/**
 * Finds whole HTTP/1.1 messages in what a socket delivers: head, then as many bytes as `content-length` says. Enough
 * for the processes of a run, which know each other, and far cheaper than a parser that must take anything.
 */
const HEAD_END = "\r\n\r\n";
const LENGTH = /\r\ncontent-length: *(\d+)/i;

/** Called with the buffer that holds the message, and where its head starts, its body starts, and it ends. */
export type OnMessage = (bytes: Buffer, start: number, bodyStart: number, end: number) => void;

/** Returns the function to call with every chunk of one socket. */
export function createHttpScanner(onMessage: OnMessage): (chunk: Buffer) => void {
  let rest: Buffer | null = null;
  return (chunk) => {
    const bytes: Buffer = rest === null ? chunk : Buffer.concat([rest, chunk]);
    rest = null;
    let at = 0;
    while (at < bytes.length) {
      const headEnd = bytes.indexOf(HEAD_END, at);
      if (headEnd === -1) break;
      const length = LENGTH.exec(bytes.toString("latin1", at, headEnd))?.[1];
      if (length === undefined) throw new Error("a message without content-length came");
      const bodyStart = headEnd + HEAD_END.length;
      const end = bodyStart + Number(length);
      if (end > bytes.length) break;
      onMessage(bytes, at, bodyStart, end);
      at = end;
    }
    if (at < bytes.length) rest = bytes.subarray(at);
  };
}

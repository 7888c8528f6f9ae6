/**
 * HMAC-SHA256 (RFC 2104, FIPS 180-4) over a prefix and a body, by WebCrypto, which Node, Bun, Deno, Workers and
 * browsers share. WebCrypto hashes one piece of memory, so the body is copied once behind its prefix.
 */

/** The signed content of a request: the prefix of its scheme, then the exact bytes of the body. */
export function joinSignedContent(prefix: string, body: Uint8Array): Uint8Array<ArrayBuffer> {
  const head = new TextEncoder().encode(prefix);
  const content = new Uint8Array(head.length + body.length);
  content.set(head);
  content.set(body, head.length);
  return content;
}

/** The 32 bytes of the HMAC. */
export async function computeSignature(key: Uint8Array, content: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const { subtle } = globalThis.crypto;
  // The copy gives WebCrypto memory that is not shared with another thread, which its types ask for.
  const imported = await subtle.importKey("raw", new Uint8Array(key), { name: "HMAC", hash: "SHA-256" }, false, [
    "sign",
  ]);
  return new Uint8Array(await subtle.sign("HMAC", imported, content));
}

/**
 * Refuses what cannot be a name server's address, at the start and by name: told to the resolver it would throw
 * something that names no setting.
 */
import { isIP } from "node:net";

const WITH_PORT = /^(?:\[(?<six>[^\]]+)\]|(?<four>[^:]+)):(?<port>\d{1,5})$/;
const MAX_PORT = 65_535;

/** @param text `192.0.2.1`, `192.0.2.1:5353`, `2001:db8::1` or `[2001:db8::1]:5353`. Throws for anything else. */
export function checkNameServer(text: string): void {
  const { six, four, port } = WITH_PORT.exec(text)?.groups ?? {};
  const isAddress = isIP(text) > 0 || isIP(six ?? "") === 6 || isIP(four ?? "") === 4;
  if (isAddress && Number(port ?? 53) >= 1 && Number(port ?? 53) <= MAX_PORT) return;
  throw new Error(`${text} is not the address of a name server, such as 192.0.2.1 or 192.0.2.1:5353.`);
}

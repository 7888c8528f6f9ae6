/**
 * Takes a password from whoever runs a command: typed twice without echo at a terminal, or one line of standard input.
 * Never from the command line, which every user of the machine can read and every shell remembers.
 */
import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { text } from "node:stream/consumers";

import { ConfigError } from "../config.ts";

/** Throws ConfigError when the two differ, or when standard input holds more than one line. */
export async function readPassword(): Promise<string> {
  return process.stdin.isTTY ? askTwice() : readLine(await text(process.stdin));
}

/** One line, with or without its end. */
export function readLine(input: string): string {
  const line = input.replace(/\r?\n$/, "");
  if (line === "") throw new ConfigError("Standard input holds no password.");
  if (/[\r\n]/.test(line)) throw new ConfigError("Standard input holds more than one line; a password is one.");
  return line;
}

async function askTwice(): Promise<string> {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: silent, terminal: true });
  terminal.on("SIGINT", () => process.exit(130));
  try {
    const ask = async (prompt: string): Promise<string> => {
      process.stderr.write(prompt);
      const answer = await terminal.question("");
      process.stderr.write("\n");
      return answer;
    };
    const password = await ask("Password: ");
    if ((await ask("Again: ")) !== password) throw new ConfigError("The two passwords differ.");
    return password;
  } finally {
    terminal.close();
  }
}

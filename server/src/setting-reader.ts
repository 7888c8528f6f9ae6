/**
 * Reads settings one by one and collects what is wrong with them, so that an operator learns of all mistakes at once.
 * Every secret setting `NAME` can also be given as the path `NAME_FILE`. Nothing of a secret stands in a message.
 */
import { readFileSync } from "node:fs";

/** One or more settings are missing or wrong; the message has a line for each. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

export interface WholeBounds {
  readonly fallback: number;
  readonly min: number;
  readonly max: number;
  /** A word that is taken too, by who reads it. */
  readonly or?: string;
}

export class SettingReader {
  readonly #env: Readonly<Record<string, string | undefined>>;
  readonly #problems: string[] = [];

  constructor(env: Readonly<Record<string, string | undefined>>) {
    this.#env = env;
  }

  text(name: string): string | null {
    const value = this.#env[name]?.trim();
    return value === undefined || value === "" ? null : value;
  }

  /** The setting itself, or the content of the file that `NAME_FILE` names. */
  secret(name: string): string | null {
    const value = this.text(name);
    const file = this.text(`${name}_FILE`);
    if (value !== null && file !== null) this.refuse(`${name} and ${name}_FILE are both set; set one.`);
    if (value !== null || file === null) return value;
    try {
      const content = readFileSync(file, "utf8").trim();
      if (content !== "") return content;
      this.refuse(`${name}_FILE names a file that is empty.`);
    } catch {
      this.refuse(`${name}_FILE names a file that cannot be read.`);
    }
    return null;
  }

  required(name: string): string {
    return this.secret(name) ?? this.missing(name);
  }

  missing(name: string): string {
    this.refuse(`${name} is missing. Set it, or ${name}_FILE to the path of a file that holds it.`);
    return "";
  }

  /** Entries between commas; null where nothing is set. */
  list(name: string): string[] | null {
    return (
      this.text(name)
        ?.split(",")
        .map((entry) => entry.trim())
        .filter((entry) => entry !== "") ?? null
    );
  }

  /** The base of links; undefined where nothing is set. */
  url(name: string): string | undefined {
    const text = this.text(name);
    if (text === null) return undefined;
    const url = URL.parse(text);
    const isPlain = url !== null && /^https?:$/.test(url.protocol) && url.search === "" && url.hash === "";
    if (!isPlain) this.refuse(`${name}: an address such as https://hooks.example.com.`);
    return text;
  }

  number(name: string, bounds: WholeBounds): number {
    return this.whole(name, this.text(name), bounds);
  }

  /** `text` is what was said under `name`. */
  whole(name: string, text: string | null, { fallback, min, max, or }: WholeBounds): number {
    if (text === null) return fallback;
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < min || value > max) {
      this.refuse(`${name}: a whole number from ${min} to ${max}${or === undefined ? "" : `, or ${or}`}.`);
      return fallback;
    }
    return value;
  }

  /** Runs a parser for what it refuses. Its message names the entry, never a secret. */
  attempt(name: string, parse: () => unknown): void {
    try {
      parse();
    } catch (error) {
      this.refuse(`${name}: ${error instanceof Error ? error.message : "cannot be read"}`);
    }
  }

  refuse(problem: string): void {
    this.#problems.push(problem);
  }

  /** Throws ConfigError with all that was refused. */
  refuseProblems(): void {
    if (this.#problems.length > 0) throw new ConfigError(this.#problems.join("\n"));
  }
}

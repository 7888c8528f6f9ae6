/**
 * Runs an ES module in a context that has the language and five web-standard globals and nothing of Node: no process,
 * no Buffer, no require, no built-in modules. Started by package.test.ts with --experimental-vm-modules; its two
 * arguments are the module's URL and that of the package's entry, which it may import as `signing`.
 */

import { readFile } from "node:fs/promises";
import { createContext, SourceTextModule } from "node:vm";

const WEB_STANDARD_GLOBALS = { crypto: globalThis.crypto, TextEncoder, TextDecoder, atob, btoa };

const [scriptUrl = "", packageUrl = ""] = process.argv.slice(2);
const context = createContext({ ...WEB_STANDARD_GLOBALS, report: (line: string) => console.log(line) });
const modules = new Map<string, Promise<SourceTextModule>>();

const script = await load(new URL(scriptUrl));
await script.link((specifier, referrer) => {
  if (specifier === "signing") return load(new URL(packageUrl));
  if (!specifier.startsWith("./") && !specifier.startsWith("../")) throw new Error(`It imports ${specifier}.`);
  return load(new URL(specifier, referrer.identifier));
});
await script.evaluate();

function load(url: URL): Promise<SourceTextModule> {
  let module = modules.get(url.href);
  if (module === undefined) {
    module = readFile(url, "utf8").then((source) => new SourceTextModule(source, { context, identifier: url.href }));
    modules.set(url.href, module);
  }
  return module;
}

/**
 * A Prisma client as `prisma generate` makes it for a schema without models: the class of the runtime, and what the
 * generated module tells it. Written by hand, since the generator wants to download an engine that nothing here uses.
 */
import { PrismaPg } from "@prisma/adapter-pg";
import { getPrismaClient, type GetPrismaClientConfig } from "@prisma/client/runtime/client";

import type { PrismaTransaction } from "../src/prisma.ts";

const CONFIG: GetPrismaClientConfig = {
  previewFeatures: [],
  clientVersion: "7.10.0",
  engineVersion: "none",
  activeProvider: "postgresql",
  inlineSchema: 'datasource db {\n  provider = "postgresql"\n}\n',
  runtimeDataModel: { models: {}, enums: {}, types: {} },
  parameterizationSchema: { strings: [], graph: "AAAA" },
  compilerWasm: {
    getRuntime: () => load("query_compiler_fast_bg.postgresql.mjs"),
    async getQueryCompilerWasmModule() {
      const { wasm } = await load<{ wasm: string }>("query_compiler_fast_bg.postgresql.wasm-base64.mjs");
      return Reflect.construct(Reflect.get(globalThis, "WebAssembly").Module, [Buffer.from(wasm, "base64")]);
    },
    importName: "./query_compiler_fast_bg.js",
  },
};

/** Files of the runtime that have no types. */
async function load<Module = never>(file: string): Promise<Module> {
  return (await import(`@prisma/client/runtime/${file}`)) as Module;
}

/** What the generated types say of the client, as far as the tests use it. */
export interface Prisma {
  $transaction<T>(work: (transaction: PrismaTransaction) => Promise<T>): Promise<T>;
  $disconnect(): Promise<void>;
}

export function openPrisma(connectionString: string): Prisma {
  const PrismaClient = getPrismaClient(CONFIG) as unknown as new (options: { readonly adapter: PrismaPg }) => Prisma;
  return new PrismaClient({ adapter: new PrismaPg({ connectionString }) });
}

/**
 * The `posthorn` command: reads the command line, starts what it names, waits for a signal, stops. What a mistake of
 * the operator costs is one clear line and exit code 2; a fault of ours shows its stack and exit code 1.
 */
import { parseArgs } from "node:util";

import { runAudit } from "./commands/audit.ts";
import { runDev } from "./commands/dev.ts";
import { runKeys } from "./commands/keys.ts";
import { runListen } from "./commands/listen/listen.ts";
import { runLogin } from "./commands/login/login.ts";
import { runLogout } from "./commands/login/logout.ts";
import { runMigrate } from "./commands/migrate.ts";
import { runOutbox } from "./commands/outbox/outbox.ts";
import { runPublishers } from "./commands/publishers.ts";
import { runServe } from "./commands/serve.ts";
import { runSign } from "./commands/signing/sign.ts";
import { runVerify } from "./commands/signing/verify.ts";
import { runTrace } from "./commands/trace/run-trace.ts";
import { runTrigger } from "./commands/trigger.ts";
import { runUsers } from "./commands/users.ts";
import { ConfigError } from "./config.ts";
import { KeyUnavailableError } from "./core/encryption/key-ring.ts";
import { readVersion } from "./version.ts";

const HELP = `posthorn ${readVersion()}: a webhook delivery server

  posthorn dev       everything in one process, with an embedded database in ./.posthorn
                       --port N (4700; 0: any)  --host ADDRESS (127.0.0.1)  --data-dir DIR  --json
  posthorn serve     the production form; needs DATABASE_URL, POSTHORN_ROOT_KEY, POSTHORN_ENCRYPTION_KEYS
                       --port N (4700)  --host ADDRESS (0.0.0.0)  --processes N (1)  --roles api,dispatcher (both)
  posthorn migrate   brings the database of DATABASE_URL to this version's schema
  posthorn users     create --tenant T --email E --role admin|developer|viewer  --name N  --number N  --no-password
                     passwd --tenant T --email E
                       the password is typed at the terminal, or one line of standard input
  posthorn keys      generate  --id ID        a new encryption key
                     list                     what each key is used for
                     rotate  --id ID          how to change to a new key, step by step
                     reencrypt                moves what is sealed to the first key, while servers run
  posthorn publishers grant  --role R  --tenant T | --all-tenants     lets a database role call posthorn.publish
                     revoke --role R  --tenant T | --all-tenants
                     list
  posthorn outbox    sql                      prints what makes an outbox in a product's own database
                     relay --url URL          publishes what is committed there, from POSTHORN_OUTBOX_DATABASE_URL
                       --database-url URL
  posthorn audit     verify  --tenant T  --expect N:MAC
                       exit code 1 when a row of an audit log was changed, removed or cut off
  posthorn trace     evt_…  --json            one event's whole way, from the database of DATABASE_URL, or from the server
                     --url URL  --tenant T    at this address (POSTHORN_API_KEY) or started by posthorn dev (--port N)
  posthorn listen    --forward-to URL             sends a tenant's events to your own machine as they are committed
                       --event-types A,B.*  --cursor C  --tries N (10)  --url URL  --tenant T
  posthorn trigger   TYPE                         publishes the catalogue's example of an event type
                       --url URL  --tenant T
  posthorn login     --url URL  --json             asks the server for access; you approve it in a browser
                       --scope 'events:read …'
  posthorn logout    --url URL                    gives the access back
  posthorn sign      FILE  --secret-file F        the headers of a body; - is standard input, also where no file is named
                       --id ID  --scheme standard|selfcommunity|thesignup
  posthorn verify    FILE  --secret-file F        whether headers fit a body, and which mistake it was (exit code 1)
                       -H 'name: value'  --headers-file F  --tolerance SECONDS|any  --scheme S

Settings are environment variables; docs/operations.md lists them all.
`;

/** Commands that read the rest of the command line themselves. */
const COMMANDS: ReadonlyMap<string, (args: readonly string[]) => Promise<number>> = new Map([
  ["users", runUsers],
  ["outbox", runOutbox],
  ["publishers", runPublishers],
  ["audit", runAudit],
  ["keys", runKeys],
  ["trace", runTrace],
  ["listen", runListen],
  ["trigger", runTrigger],
  ["login", runLogin],
  ["logout", runLogout],
  ["sign", runSign],
  ["verify", runVerify],
]);

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  const isMistake = error instanceof ConfigError || error instanceof KeyUnavailableError || isArgumentError(error);
  process.stderr.write(`posthorn: ${isMistake ? (error as Error).message : describe(error)}\n`);
  process.exitCode = isMistake ? 2 : 1;
}

async function run(args: string[]): Promise<number> {
  const runCommand = COMMANDS.get(args[0] ?? "");
  if (runCommand !== undefined) return runCommand(args.slice(1));
  const { values: flags, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      port: { type: "string" },
      host: { type: "string" },
      "data-dir": { type: "string" },
      roles: { type: "string" },
      processes: { type: "string" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
      version: { type: "boolean", short: "v", default: false },
    },
  });
  if (flags.version) return print(`${readVersion()}\n`);
  const [command, ...rest] = positionals;
  if (flags.help || command === undefined) return print(HELP);
  if (rest.length > 0) throw new ConfigError(`Unexpected argument ${String(rest[0])}. See posthorn --help.`);
  const given = { port: flags.port, host: flags.host, dataDir: flags["data-dir"] };
  if (command !== "serve" && (flags.roles ?? flags.processes) !== undefined) {
    throw new ConfigError("--roles and --processes belong to posthorn serve.");
  }
  switch (command) {
    case "dev":
      return runDev({ ...given, json: flags.json });
    case "serve":
      return runServe({ ...given, roles: flags.roles, processes: flags.processes });
    case "migrate":
      return runMigrate();
    default:
      throw new ConfigError(`There is no command ${command}. See posthorn --help.`);
  }
}

function print(text: string): number {
  process.stdout.write(text);
  return 0;
}

function isArgumentError(error: unknown): boolean {
  return error instanceof TypeError && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS");
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // What an operator can act on is said by the message; a bug needs its stack.
  return error.constructor === Error ? error.message : (error.stack ?? error.message);
}

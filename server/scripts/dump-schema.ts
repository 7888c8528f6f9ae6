/**
 * Writes `server/schema.sql`: the schema as the migrations leave it, read from the catalogs of a fresh embedded
 * database, so that a reader sees the present state and a reviewer sees what a migration changes.
 * With `--check` it writes nothing and fails when the file is stale. The order is by name and by column number only,
 * so the same migrations always give the same text.
 */
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

import type { Database } from "../src/db/database.ts";
import { openEmbedded } from "../src/db/embedded.ts";
import { migrate } from "../src/db/migrate.ts";

const SCHEMA_FILE = new URL("../schema.sql", import.meta.url);
const HEADER = `-- The schema that the migrations lead to. Made by scripts/dump-schema.ts; never edited by hand.
`;

async function dumpSchema(): Promise<string> {
  await using database = await openEmbedded({ directory: null });
  await migrate(database, { now: new Date(0) });
  const sequences = await read(database, SEQUENCES);
  const tables = await read(database, TABLES);
  const schemas = await read(database, SCHEMAS);
  const functions = await read(database, FUNCTIONS);
  const triggers = await read(database, TRIGGERS);
  return [HEADER, ...sequences, ...tables, ...schemas, ...functions, ...triggers].join("\n");
}

async function read(database: Database, text: string): Promise<string[]> {
  const rows = await database.query<{ ddl: string }>({ name: text.slice(0, 40), text }, []);
  return rows.map(({ ddl }) => `${ddl}\n`);
}

/** Those that no identity column owns. */
const SEQUENCES = `select
  format('create sequence %I as %s minvalue %s maxvalue %s increment %s cache %s;',
    sequencename, data_type, min_value, max_value, increment_by, cache_size) as ddl
from pg_sequences
where schemaname = 'public'
  and not exists (
    select from pg_depend
    where objid = format('%I.%I', schemaname, sequencename)::regclass and deptype = 'i'
  )
order by sequencename`;

const TABLES = `with columns as (
  select attrelid, attnum,
    format('  %I %s', attname, format_type(atttypid, atttypmod))
      || case when attidentity = 'a' then ' generated always as identity' else '' end
      || case when attnotnull then ' not null' else '' end
      || coalesce(' default ' || pg_get_expr(adbin, adrelid), '') as line
  from pg_attribute
  left join pg_attrdef on adrelid = attrelid and adnum = attnum
  where attnum > 0 and not attisdropped
),
constraints as (
  select conrelid, contype, conname, format('  constraint %I %s', conname, pg_get_constraintdef(oid)) as line
  from pg_constraint
  where contype in ('p', 'u', 'c', 'f')
),
indexes as (
  select indrelid, string_agg(E'\\n' || pg_get_indexdef(indexrelid) || ';', '' order by indexrelid::regclass::text) as lines
  from pg_index
  where not exists (select from pg_constraint where conindid = indexrelid and contype in ('p', 'u'))
  group by indrelid
)
select format(E'create table %I (\\n%s\\n)%s%s;%s',
  relname,
  concat_ws(E',\\n',
    (select string_agg(line, E',\\n' order by attnum) from columns where attrelid = pg_class.oid),
    (select string_agg(line, E',\\n' order by contype <> 'p', contype = 'c', conname)
      from constraints where conrelid = pg_class.oid)),
  case relkind when 'p' then ' partition by ' || lower(pg_get_partkeydef(oid)) else '' end,
  ' with (' || array_to_string(reloptions, ', ') || ')',
  (select lines from indexes where indrelid = pg_class.oid)) as ddl
from pg_class
where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition
order by relname`;

const FUNCTIONS = `select rtrim(pg_get_functiondef(oid), E'\\n') || ';' as ddl
from pg_proc
where pronamespace in ('public'::regnamespace, 'posthorn'::regnamespace)
order by pronamespace::regnamespace::text, proname, pg_get_function_identity_arguments(oid)`;

/** Beside the one that the tables are in: what products call. */
const SCHEMAS = `select format('create schema %I;', nspname) as ddl from pg_namespace where nspname = 'posthorn'`;

const TRIGGERS = `select pg_get_triggerdef(pg_trigger.oid) || ';' as ddl
from pg_trigger
join pg_class on pg_class.oid = tgrelid
where not tgisinternal and relnamespace = 'public'::regnamespace and not relispartition
order by relname, tgname`;

const dumped = await dumpSchema();
if (!process.argv.includes("--check")) {
  await writeFile(SCHEMA_FILE, dumped);
} else if (dumped !== (await readFile(SCHEMA_FILE, "utf8").catch(() => ""))) {
  process.stderr.write(`${fileURLToPath(SCHEMA_FILE)} is stale: run scripts/dump-schema.ts and commit it\n`);
  process.exitCode = 1;
}

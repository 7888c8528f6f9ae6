import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

import { openPostgres } from "../../../src/db/postgres.ts";
import { readMigrations } from "../../../src/db/migrate.ts";
import { type Fault, pass } from "../fault.ts";
import { urlOf } from "../../support/database-template.ts";

const MAIN = join(import.meta.dirname, "..", "..", "..", "src", "main.ts");
const KILLS = 12;
/** A migration of an empty database, its process' start included, takes about as long. */
const SPAN_MS = 1_800;
const APPLIED = { name: "fault-applied", text: "select number from migrations order by number" };

/** Each file runs in one commit with the note of it: whoever comes next goes on where it was. */
export const migrationKilled: Fault = {
  name: "migration-killed",
  about: "kill -9 of `posthorn migrate` at 12 moments, in a new database each time; then it is run to its end",
  on: ["postgres"],
  repeats: "none",
  recoversInMs: 20_000,
  async tell(scene) {
    const wanted = (await readMigrations()).map(({ number }) => number);
    const found: number[] = [];
    for (let kills = 0; kills < KILLS; kills += 1) {
      const name = `migrated_${kills}`;
      await scene.database.script(`create database ${name}`);
      const url = urlOf(scene.cluster.url, name);
      const killed = migrate(url);
      const ended = once(killed, "exit");
      await pass((SPAN_MS * (kills + 1)) / KILLS);
      killed.kill("SIGKILL");
      await ended;
      const again = migrate(url);
      const [code] = (await once(again, "exit")) as [number | null];
      scene.expect(code === 0, `after kill ${kills + 1} migrate ended with ${code}`);
      await using database = await openPostgres({ url, poolSize: 1 });
      const applied = await database.query<{ number: number }>(APPLIED, []);
      found.push(applied.length);
      scene.expect(
        applied.map(({ number }) => number).join() === wanted.join(),
        `after kill ${kills + 1} migrations ${applied.map(({ number }) => number).join()} are noted`,
      );
    }
    scene.note(`${found.length} databases at the newest schema`);
    const node = await scene.startNode();
    await scene.publishTo(node);
    scene.healed();
  },
};

function migrate(url: string): ReturnType<typeof spawn> {
  return spawn(process.execPath, ["--conditions=posthorn-source", MAIN, "migrate"], {
    stdio: "ignore",
    env: { PATH: process.env["PATH"], DATABASE_URL: url },
  });
}

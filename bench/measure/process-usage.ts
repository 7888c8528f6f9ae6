/**
 * What processes and all their descendants use, as Linux counts it in /proc: CPU seconds (of those that ended, too) and
 * resident memory. Elsewhere null, and the report says that it was not measured.
 */
import { readdirSync, readFileSync } from "node:fs";

/** Linux counts CPU time in hundredths of a second on every architecture (`getconf CLK_TCK`). */
const TICKS_PER_SECOND = 100;
const KIB = 1024;

/** User and system time, in seconds, of these processes and what they started; null as well where there are none. */
export function cpuSeconds(rootPids: readonly number[]): number | null {
  const tree = listTree(rootPids);
  return tree === null
    ? null
    : tree.reduce((sum, { ownTicks, reapedTicks }) => sum + ownTicks + reapedTicks, 0) / TICKS_PER_SECOND;
}

/**
 * Bytes: resident now, and the most that each ever had. Pages that several processes share, such as Node's own code,
 * count once in each.
 */
export function residentBytes(rootPids: readonly number[]): { readonly now: number; readonly peak: number } | null {
  const tree = listTree(rootPids);
  if (tree === null) return null;
  // One that ended since it was listed holds nothing.
  const texts = tree.map(({ pid }) => readProc(pid, "status") ?? "");
  const sum = (name: string): number =>
    texts.reduce((total, text) => total + Number(new RegExp(`^${name}:\\s*(\\d+) kB`, "m").exec(text)?.[1] ?? 0), 0) *
    KIB;
  return { now: sum("VmRSS"), peak: sum("VmHWM") };
}

/** These processes and all their descendants; null where one of these cannot be read, or none is given. */
function listTree(rootPids: readonly number[]): Stat[] | null {
  const roots = rootPids.map(readStat).filter((stat) => stat !== null);
  if (roots.length === 0 || roots.length < rootPids.length) return null;
  const children = Map.groupBy(listStats(), (stat) => stat.parentPid);
  const withDescendants = (stat: Stat): Stat[] => [stat, ...(children.get(stat.pid) ?? []).flatMap(withDescendants)];
  return roots.flatMap(withDescendants);
}

interface Stat {
  readonly pid: number;
  readonly parentPid: number;
  readonly ownTicks: number;
  /** Of children that ended and were waited for. */
  readonly reapedTicks: number;
}

function listStats(): Stat[] {
  return readdirSync("/proc").flatMap((name) => (/^\d+$/.test(name) ? (readStat(Number(name)) ?? []) : []));
}

/** proc(5), /proc/pid/stat: the fields after the command's name, which may hold blanks and brackets. */
function readStat(pid: number): Stat | null {
  const text = readProc(pid, "stat");
  if (text === null) return null;
  const fields = text
    .slice(text.lastIndexOf(")") + 2)
    .split(" ")
    .map(Number);
  const at = (number: number): number => fields[number - 3] ?? 0;
  return { pid, parentPid: at(4), ownTicks: at(14) + at(15), reapedTicks: at(16) + at(17) };
}

function readProc(pid: number, file: string): string | null {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return null;
  }
}

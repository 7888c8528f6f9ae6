/**
 * What processes use, as Linux counts it in /proc: CPU seconds of a process and all its descendants (those that ended
 * included), resident memory of one. Elsewhere null, and the report says that it was not measured.
 */
import { readdirSync, readFileSync } from "node:fs";

/** Linux counts CPU time in hundredths of a second on every architecture (`getconf CLK_TCK`). */
const TICKS_PER_SECOND = 100;
const KIB = 1024;

/** User and system time, in seconds. */
export function cpuSeconds(rootPid: number): number | null {
  const root = readStat(rootPid);
  if (root === null) return null;
  const children = Map.groupBy(listStats(), (stat) => stat.parentPid);
  const sum = (stat: Stat): number =>
    stat.ownTicks + stat.reapedTicks + (children.get(stat.pid) ?? []).reduce((total, child) => total + sum(child), 0);
  return sum(root) / TICKS_PER_SECOND;
}

/** Bytes: resident now, and the most there ever was. */
export function residentBytes(pid: number): { readonly now: number; readonly peak: number } | null {
  const status = readProc(pid, "status");
  if (status === null) return null;
  const read = (name: string): number => Number(new RegExp(`^${name}:\\s*(\\d+) kB`, "m").exec(status)?.[1] ?? 0) * KIB;
  return { now: read("VmRSS"), peak: read("VmHWM") };
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

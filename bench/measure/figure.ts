/**
 * What a scenario shows for: figures with what they must reach (the floor, or the run fails) and what they should (the
 * goal), and the promises that no run may break. Judged and printed here, the same for every scenario.
 */

export interface Figure {
  readonly name: string;
  /** null: it could not be measured here. */
  readonly value: number | null;
  readonly unit?: string;
  /** What stands behind the value, in few words. */
  readonly from?: string;
  readonly must?: Bound;
}

export interface Bound {
  readonly be: "at least" | "at most";
  readonly floor: number;
  readonly goal?: number;
}

export type Verdict = "met" | "MISSED" | "not measured";

export interface JudgedFigure extends Figure {
  readonly floorVerdict: Verdict | null;
  readonly goalVerdict: Verdict | null;
}

export function judge(figure: Figure): JudgedFigure {
  const { must, value } = figure;
  const verdict = (limit: number | undefined): Verdict | null => {
    if (must === undefined || limit === undefined) return null;
    if (value === null) return "not measured";
    return (must.be === "at least" ? value >= limit : value <= limit) ? "met" : "MISSED";
  };
  return { ...figure, floorVerdict: verdict(must?.floor), goalVerdict: verdict(must?.goal) };
}

/** One line a figure: name, value, then floor and goal with their verdicts. */
export function toTable(figures: readonly JudgedFigure[]): string[] {
  const width = Math.max(...figures.map(({ name }) => name.length));
  const values = figures.map((figure) =>
    figure.value === null
      ? "not measured"
      : `${round(figure.value)}${figure.unit === undefined ? "" : ` ${figure.unit}`}`,
  );
  const valueWidth = Math.max(...values.map(({ length }) => length));
  return figures.map((figure, index) => {
    const { name, must, from, floorVerdict, goalVerdict } = figure;
    const sign = must?.be === "at least" ? "≥" : "≤";
    const bounds = [
      ...(must === undefined ? [] : [`floor ${sign} ${round(must.floor)} ${floorVerdict}`]),
      ...(must?.goal === undefined ? [] : [`goal ${sign} ${round(must.goal)} ${goalVerdict}`]),
    ];
    const line = `${name.padEnd(width)}  ${(values[index] ?? "").padStart(valueWidth)}  ${bounds.join(", ")}`;
    return `${line}${from === undefined ? "" : `${bounds.length > 0 ? "  " : ""}(${from})`}`.trimEnd();
  });
}

/** At least three significant digits, and never an exponent. */
function round(value: number): string {
  if (Number.isInteger(value)) return String(value);
  if (Math.abs(value) >= 100) return value.toFixed(0);
  return Math.abs(value) >= 10 ? value.toFixed(1) : String(Number(value.toFixed(3)));
}

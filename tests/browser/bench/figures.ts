// What was measured, as a table for people and as JSON.

import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

export interface Figure {
  what: string;
  value: number;
  unit: string;
  /** What is to be stayed under; a floor and a size have none. */
  under?: number;
}

export function percentile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? NaN;
}

export class Figures {
  readonly all: Figure[] = [];

  add(what: string, value: number, unit: string, under?: number): void {
    this.all.push({ what, value: Math.round(value * 10) / 10, unit, ...(under !== undefined && { under }) });
  }

  /** The middle, the 95th of a hundred and the worst; the target is for the 95th. */
  spread(what: string, samples: readonly number[], under?: number): void {
    const n = samples.length;
    this.add(`${what}: p50 of ${n}`, percentile(samples, 0.5), "ms");
    this.add(`${what}: p95`, percentile(samples, 0.95), "ms", under);
    this.add(`${what}: max`, Math.max(...samples), "ms");
  }

  table(): string {
    const width = Math.max(...this.all.map((one) => one.what.length));
    return this.all
      .map(({ what, value, unit, under }) => {
        const verdict = under === undefined ? "" : value < under ? `under ${under}: reached` : `under ${under}: MISSED`;
        return `${what.padEnd(width)}  ${value.toLocaleString("en").padStart(10)} ${unit.padEnd(6)} ${verdict}`.trimEnd();
      })
      .join("\n");
  }

  async write(file: string): Promise<void> {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, JSON.stringify(this.all, null, 2));
  }
}

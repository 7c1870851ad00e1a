import { cutTo, padTo } from './printable.ts';

/** How far some long work is. */
export interface ProgressStep {
  readonly done: number;
  /** Undefined where nobody knows yet. */
  readonly total?: number;
  /** What is counted, as in `units`. */
  readonly unit: string;
}

const DRAW_MS = 100;
const BAR_COLUMNS = 24;
const ERASE_LINE = '\r\u001b[K';

export interface ProgressOptions {
  readonly label: string;
  /** Width of the terminal; undefined: nothing is drawn. */
  readonly columns: number | undefined;
  readonly write: (text: string) => void;
  readonly nowMs: () => number;
}

/** One line on standard error that is drawn over and over, and gone at the end. */
export class Progress {
  readonly #options: ProgressOptions;
  #drawnAtMs = Number.NEGATIVE_INFINITY;
  #isDrawn = false;

  constructor(options: ProgressOptions) {
    this.#options = options;
  }

  update(step: ProgressStep): void {
    const { label, columns, write, nowMs } = this.#options;
    const now = nowMs();
    if (columns === undefined || now - this.#drawnAtMs < DRAW_MS) return;
    this.#drawnAtMs = now;
    this.#isDrawn = true;
    write(`${ERASE_LINE}${cutTo(`${label}  ${barOf(step)}`, columns - 1)}`);
  }

  end(): void {
    if (this.#isDrawn) this.#options.write(ERASE_LINE);
    this.#isDrawn = false;
  }
}

function barOf({ done, total, unit }: ProgressStep): string {
  if (total === undefined || total <= 0) return `${done} ${unit}`;
  const share = Math.min(1, done / total);
  const full = Math.floor(share * BAR_COLUMNS);
  const bar = padTo('━'.repeat(full), BAR_COLUMNS);
  return `${bar} ${padTo(`${Math.floor(share * 100)}%`, 4, true)}  ${done} of ${total} ${unit}`;
}

/**
 * A few lines at the bottom of a terminal that are redrawn, while other lines scroll away above them. Nothing else may print to the
 * terminal meanwhile: that would corrupt the region.
 *
 * Escapes used: CSI n A and B (up and down n rows), CSI J (clear to the end of the screen), CSI K (clear to the end of the row), CSI ?25 l and h (hide and show the cursor). Between two
 * drawings the cursor is after the last line of the region. After a resize, terminals wrap lines again, so the rows of a region are counted
 * with the current width, not with the width at its drawing.
 */
import { visibleWidth } from '../text/columns.ts';
import type { Output } from './reporter-contract.ts';

const HIDE_CURSOR = '\x1b[?25l';
const SHOW_CURSOR = '\x1b[?25h';

export class Region {
  readonly #out: Output;
  /** The lines of the last drawing; empty without a region. */
  #lines: readonly string[] = [];
  #hidden = false;

  constructor(out: Output) {
    this.#out = out;
  }

  /**
   * Prints `above` permanently above the region, and the region's new lines below it, in one write, or
   * in none if the screen shows that already. Without lines it removes the region and shows the cursor.
   */
  draw(lines: readonly string[], above: readonly string[] = []): void {
    const shown = lines.join('\n');
    if (above.length === 0 && this.#lines.join('\n') === shown) return;
    let text = this.#goToTop();
    if (lines.length > 0 && !this.#hidden) text += HIDE_CURSOR;
    if (lines.length === 0 && this.#hidden) text += SHOW_CURSOR;
    this.#hidden = lines.length > 0;
    text += above.map(line => `${line}\n`).join('') + shown;
    this.#lines = lines;
    this.#out.write(text);
  }

  #goToTop(): string {
    if (this.#lines.length === 0) return '';
    const width = columnsOf(this.#out);
    let rows = 0;
    for (const line of this.#lines) rows += Math.max(1, Math.ceil(visibleWidth(line) / width));
    // From the first row of the screen, CSI J would make tmux keep the cleared rows in its history, so it starts one row below.
    return rows > 1 ? `\r\x1b[${rows - 1}A\x1b[K\x1b[B\x1b[J\x1b[A` : '\r\x1b[K';
  }
}

/** The width of the terminal; some terminals report 0 or nothing if it is unknown. */
export function columnsOf(out: Output): number {
  return out.columns === undefined || out.columns < 1 ? 80 : out.columns;
}

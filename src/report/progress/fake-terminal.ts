/**
 * A terminal for tests: keeps the visible text, wraps and rewraps like VTE, kitty or Windows Terminal, and throws on any escape that the
 * reporter is not documented to use.
 */
import { internal } from '../../util/failure.ts';
import type { Output } from './reporter-contract.ts';

interface Row {
  text: string;
  /** The next row is the rest of this line. */
  wrapped: boolean;
}

export class FakeTerminal implements Output {
  readonly isTTY = true;
  columns: number;
  rows: number;
  cursorHidden = false;
  /** Calls of write, colours included. */
  readonly writes: string[] = [];
  /** Scrollback and screen. */
  #rows: Row[] = [{ text: '', wrapped: false }];
  #row = 0;
  #column = 0;

  constructor(columns: number, rows: number) {
    this.columns = columns;
    this.rows = rows;
  }

  /** Everything printed, oldest first, without trailing spaces and without the empty rows at the end. */
  get lines(): readonly string[] {
    const lines = this.#rows.map(row => row.text.trimEnd());
    while (lines.at(-1) === '') lines.pop();
    return lines;
  }

  write(text: string): boolean {
    this.writes.push(text);
    for (let rest = text; rest !== ''; ) {
      const found = /^\x1b\[([?\d;]*)([A-Za-z])/.exec(rest);
      if (found !== null) {
        this.#escape(found[1] ?? '', found[2] ?? '');
        rest = rest.slice(found[0].length);
      } else {
        this.#put(rest[0] ?? '');
        rest = rest.slice(1);
      }
    }
    return true;
  }

  /** A resize of the window: lines are wrapped again, and the cursor stays after the same character. */
  resize(columns: number, rows = this.rows): void {
    const rewrapped: Row[] = [];
    let cursor = { row: 0, column: 0 };
    for (let start = 0; start < this.#rows.length; ) {
      let end = start;
      while (this.#rows[end]?.wrapped === true) end += 1;
      const group = this.#rows.slice(start, end + 1);
      const line = group.map(row => row.text).join('');
      const first = rewrapped.length;
      for (let at = 0; at === 0 || at < line.length; at += columns) {
        rewrapped.push({ text: line.slice(at, at + columns), wrapped: at + columns < line.length });
      }
      if (this.#row >= start && this.#row <= end) {
        const before = group.slice(0, this.#row - start).reduce((sum, row) => sum + row.text.length, 0);
        const offset = before + this.#column;
        const row = offset === 0 ? 0 : Math.ceil(offset / columns) - 1;
        cursor = { row: first + row, column: offset - row * columns };
      }
      start = end + 1;
    }
    // Empty rows below the cursor are removed before anything scrolls away at the top.
    while (rewrapped.length > cursor.row + 1 && rewrapped.at(-1)?.text === '') rewrapped.pop();
    this.#rows = rewrapped;
    this.#row = cursor.row;
    this.#column = cursor.column;
    this.columns = columns;
    this.rows = rows;
  }

  #put(character: string): void {
    if (character === '\r') {
      this.#column = 0;
    } else if (character === '\n') {
      this.#down();
    } else if (character < ' ') {
      throw internal(`the terminal got the control character ${JSON.stringify(character)}`);
    } else {
      if (this.#column === this.columns) {
        this.#current().wrapped = true;
        this.#down();
      }
      const row = this.#current();
      row.text = row.text.slice(0, this.#column).padEnd(this.#column) + character + row.text.slice(this.#column + 1);
      this.#column += 1;
    }
  }

  #escape(parameters: string, command: string): void {
    const known = `${parameters}${command}`;
    if (command === 'm') return;
    if (known === '?25l' || known === '?25h') this.cursorHidden = command === 'l';
    else if (command === 'A') this.#row = Math.max(this.#topOfScreen(), this.#row - Number(parameters || 1));
    else if (known === 'B') this.#row = Math.min(this.#rows.length - 1, this.#row + 1);
    else if (known === 'K') this.#clearRow();
    else if (known === 'J') this.#clearToEnd();
    else throw internal(`the terminal got the escape ${JSON.stringify(known)}`);
  }

  #clearRow(): void {
    const row = this.#current();
    row.text = row.text.slice(0, this.#column);
    row.wrapped = false;
  }

  #clearToEnd(): void {
    // tmux keeps the rows of a whole screen that is cleared in its history.
    if (this.#row === this.#topOfScreen() && this.#column === 0) throw internal('the whole screen is cleared');
    this.#clearRow();
    // The rows stay, empty: the screen does not get shorter.
    for (const below of this.#rows.slice(this.#row + 1)) Object.assign(below, { text: '', wrapped: false });
  }

  #down(): void {
    this.#row += 1;
    this.#column = 0;
    if (this.#row === this.#rows.length) this.#rows.push({ text: '', wrapped: false });
  }

  /** The cursor cannot move above the screen. */
  #topOfScreen(): number {
    return Math.max(0, this.#rows.length - this.rows);
  }

  #current(): Row {
    const row = this.#rows[this.#row];
    if (row === undefined) throw internal(`no row ${this.#row}`);
    return row;
  }
}

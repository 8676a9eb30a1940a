/** Draws the output of commands as an SVG of a terminal. Colours are those of ANSI sequences; other sequences are dropped. */

const COLUMNS = 112;
const [GLYPH, LINE, MARGIN, BAR] = [7.83, 18, 14, 34];

/** ANSI's foreground colours on a dark ground, each with a contrast of at least 4.5 to it. */
const COLOURS: Readonly<Record<string, string>> = {
  '31': '#ff7b72',
  '32': '#7ee787',
  '33': '#e3b341',
  '34': '#79c0ff',
  '35': '#d2a8ff',
  '36': '#76e3ea',
  '90': '#9aa4b0',
};

interface Step {
  readonly command: string;
  /** Standard output and standard error as they were written. */
  readonly output: string;
}

export function terminalSvg(title: string, steps: readonly Step[]): string {
  const lines = steps.flatMap(({ command, output }, index) => [
    ...(index === 0 ? [] : ['']),
    `\u001B[1m$ ${command}\u001B[0m`,
    ...(output === '' ? [] : output.trimEnd().split('\n')),
  ]);
  const [width, height] = [Math.ceil(COLUMNS * GLYPH + 2 * MARGIN), BAR + lines.length * LINE + MARGIN];
  const rows = lines.map((line, index) => {
    const y = BAR + (index + 1) * LINE - 5;
    return `<text x="${MARGIN}" y="${y}" xml:space="preserve">${spans(line)}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(title)}">
<rect width="${width}" height="${height}" rx="8" fill="#0d1117"/>
<circle cx="18" cy="17" r="5" fill="#ff5f57"/><circle cx="35" cy="17" r="5" fill="#febc2e"/><circle cx="52" cy="17" r="5" fill="#28c840"/>
<g font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace" font-size="13" fill="#e6edf3">
${rows.join('\n')}
</g>
</svg>
`;
}

/** A line that is too long ends with an ellipsis. Each run has a fixed width, so that any monospaced font fits. */
function spans(line: string): string {
  const parts = line.split(/\u001B\[([\d;]*)m/);
  let [style, column, drawn] = ['', 0, ''];
  for (const [index, part] of parts.entries()) {
    if (index % 2 === 1) {
      style = styleOf(part, style);
      continue;
    }
    const room = COLUMNS - column;
    const text = [...part].length > room ? `${[...part].slice(0, Math.max(0, room - 1)).join('')}…` : part;
    if (text === '' || room <= 0) continue;
    const long = [...text].length;
    drawn += `<tspan x="${(MARGIN + column * GLYPH).toFixed(1)}" textLength="${(long * GLYPH).toFixed(1)}"${style}>${escaped(text)}</tspan>`;
    column += long;
  }
  return drawn;
}

function styleOf(codes: string, before: string): string {
  let style = before;
  for (const code of codes === '' ? ['0'] : codes.split(';')) {
    const colour = COLOURS[code];
    if (code === '0' || code === '22' || code === '39') style = '';
    else if (code === '1') style = ' font-weight="bold"';
    else if (code === '2') style = ` fill="${COLOURS['90'] ?? ''}"`;
    else if (colour !== undefined) style = ` fill="${colour}"`;
  }
  return style;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** Draws a status region for a few seconds, with lines that scroll away above it; for a terminal that is resized meanwhile. */
import { setTimeout as after } from 'node:timers/promises';
import { columnsOf, Region } from '../../src/report/progress/region.ts';

const region = new Region(process.stdout);
for (let frame = 0; frame < 100; frame += 1) {
  const bar = `status ${frame} `.padEnd(columnsOf(process.stdout) - 1, '=');
  region.draw(
    [bar, `second ${bar}`.slice(0, columnsOf(process.stdout) - 1)],
    frame % 10 === 0 ? [`line ${frame} ${'x'.repeat(70)}`] : [],
  );
  await after(50);
}
region.draw([], ['the end']);

/** The pages of aib in light, in dark and on a narrow screen: the report of a run, the differences of two images, the graph. */
import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { aibHome } from '../src/util/files/home.ts';
import { noBrowser, useBrowser } from './browser.ts';
import { makeExampleProject } from './example-project.ts';
import { runAib } from './run-aib.ts';

const LABEL = '//aws/x86_64/uefi/tiny';
const project = makeExampleProject();
const folder = mkdtempSync(join(tmpdir(), 'aib-pages-'));
afterAll(() => {
  for (const path of [project, folder]) rmSync(path, { recursive: true, force: true });
});
const open = useBrowser();

const REPORT = join(project, '.cache/runs/1/report.html');
const PAGES = { graph: join(folder, 'graph.html'), difference: join(folder, 'difference.html'), report: REPORT };

beforeAll(async () => {
  // A package cannot be fetched, so some of it fails; the overlay is made.
  const built = await runAib(project, ['build', '-k', `${LABEL}:overlay`, `${LABEL}:packages`]);
  expect(built.code, built.stderr).toBe(1);
  expect(built.stderr).toContain(`report: ${REPORT}`);
  if (noBrowser !== undefined) return;
  execFileSync(join(aibHome(), 'aib'), ['graph', LABEL, '-o', PAGES.graph], { cwd: project });
  const disks = ['before', 'after'].map(name => join(folder, `${name}.raw`));
  for (const [index, disk] of disks.entries()) {
    mkdirSync(`${disk}.d/etc`, { recursive: true });
    writeFileSync(`${disk}.d/etc/motd`, index === 0 ? 'Hello\n' : 'Good day\n');
    execFileSync('mke2fs', ['-q', '-t', 'ext4', '-d', `${disk}.d`, disk, '8M'], { stdio: 'ignore' });
  }
  await runAib(folder, ['diff', ...disks, '-o', PAGES.difference]);
  expect(existsSync(PAGES.difference)).toBe(true);
}, 120_000);

const SCREENS = [
  ['in light', { scheme: 'light', width: 1280 }],
  ['in dark', { scheme: 'dark', width: 1280 }],
  ['on a narrow screen', { scheme: 'light', width: 390 }],
] as const;

describe.each(Object.entries(PAGES))('the page of %s', (name, path) => {
  test.each(SCREENS)('%s: fits the screen, and all text can be read', async (screen, shown) => {
    const page = await open(path, shown);
    const { AIB_SCREENSHOTS: pictures } = process.env;
    if (pictures !== undefined) await page.screenshot({ path: join(pictures, `${name} ${screen}.png`) });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(shown.width);
    expect(await page.evaluate(FAINT)).toEqual([]);
    const paper = await page.evaluate('getComputedStyle(document.body).backgroundColor');
    expect(paper).toBe(shown.scheme === 'dark' ? 'rgb(20, 23, 27)' : 'rgb(255, 255, 255)');
  });
});

/** Texts with a contrast below 4.5 (WCAG 2.1, AA), in HTML; the bars and boxes of pictures are checked by eye. Runs in the page. */
const FAINT = `(() => {
  const channels = colour => (colour.match(/[\\d.]+/g) ?? []).map(Number);
  const light = rgb => {
    const [r, g, b] = rgb.slice(0, 3).map(value => value / 255).map(part => (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = element => {
    for (let each = element; each !== null; each = each.parentElement) {
      const colour = channels(getComputedStyle(each).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  return [...document.body.querySelectorAll('*')].flatMap(element => {
    const own = [...element.childNodes].some(node => node.nodeType === 3 && node.textContent.trim() !== '');
    if (!own || element.closest('svg, script, style') !== null) return [];
    const [one, other] = [light(channels(getComputedStyle(element).color)), light(ground(element))];
    const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    return contrast < 4.5 ? [element.tagName + ' ' + element.textContent.slice(0, 40) + ': ' + contrast.toFixed(1)] : [];
  });
})()`;

describe('the report of a run', () => {
  test('has bars in the order of time, the reason of each action, and the failure with its log', async () => {
    const page = await open(REPORT);
    expect(await page.textContent('h1')).toBe('Run 1: failed');
    const bars = await page
      .locator('.timeline rect')
      .evaluateAll(rects => rects.map(rect => Number(rect.getAttribute('x'))));
    expect(bars.length).toBeGreaterThan(1);
    expect(bars).toEqual(bars.toSorted((a, b) => a - b));
    expect(await page.locator('.failure').count()).toBeGreaterThan(0);
    expect(await page.textContent('.failure')).toMatch(/AIB_[A-Z_]+/);
    const row = page.locator('tr.done', { hasText: `${LABEL}@3.20:overlay` });
    expect(await row.textContent()).toContain('never built here');
  });

  test('is written by each run in which something ran, and by aib log for any run', async () => {
    const again = await runAib(project, ['build', `${LABEL}:overlay`]);
    expect(again.stderr).toContain('up to date');
    expect(existsSync(join(project, '.cache/runs/2/report.html'))).toBe(false);
    appendFileSync(join(project, 'scripts/setup'), '# a comment\n');
    expect((await runAib(project, ['build', `${LABEL}:overlay`, '--verbose'])).stderr).toMatch(
      /report: .*report\.html$/m,
    );
    const place = join(folder, 'run.html');
    expect(await runAib(project, ['log', '1', '--html', '-o', place])).toMatchObject({ code: 0, stdout: `${place}\n` });
    expect(readFileSync(place, 'utf8')).toContain('<h1>Run 1: failed</h1>');
    expect((await runAib(project, ['log', '--html'])).stdout).toMatch(/\/runs\/\d+\/report\.html\n$/);
    expect((await runAib(project, ['log', '99', '--html'])).stderr).toContain('AIB_NO_RUN');
    expect((await runAib(project, ['log', '--html', '-o', '/proc/x.html'])).stderr).toContain('AIB_CANNOT_WRITE');
  });
});

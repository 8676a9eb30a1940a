/** The page of `aib graph` in a real, headless browser: made by the command line, for a project of about 2,000 nodes. */
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { aibHome } from '../src/util/files/home.ts';
import { noBrowser, useBrowser } from './browser.ts';
import { makeExampleProject } from './example-project.ts';

const missing = noBrowser;
const open = useBrowser();

const folder = makeExampleProject({ moreClouds: 84 });
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const OVERLAY = '//nocloud/x86_64/uefi/tiny@3.20:overlay';
const SETUP = '//source/scripts/setup';

function drawn(...words: readonly string[]): string {
  return execFileSync(join(aibHome(), 'aib'), ['graph', ...words], { cwd: folder, encoding: 'utf8' }).trim();
}

const textOf = (page: Page, selector: string): Promise<string | null> => page.textContent(selector);

/** The page may answer late on a busy machine. */
const eventually = <T>(look: () => Promise<T>) => expect.poll(look, { timeout: 30_000 });

/** The width of a box on the screen, in pixels. */
async function widthOf(page: Page, selector: string): Promise<number> {
  const box = await page.locator(selector).boundingBox();
  return box?.width ?? 0;
}

/** The box that shows one node. */
const boxOf = (label: string): string => `.box[aria-label="${label}"]`;

describe('the page of a whole project', () => {
  let path = '';
  beforeAll(() => {
    if (missing === undefined) path = drawn();
  });

  test('shows a box for each group of nodes that stand alike, all of them in view', async () => {
    const page = await open(path);
    const boxes = page.locator('.box');
    const count = await boxes.count();
    expect(count).toBeGreaterThan(10);
    expect(count).toBeLessThan(60);
    const window = await page.locator('#picture').boundingBox();
    for (const box of await boxes.all()) {
      expect(await box.isVisible()).toBe(true);
      const { x, y, width, height } = (await box.boundingBox()) ?? expect.unreachable();
      expect(x).toBeGreaterThanOrEqual(window?.x ?? 0);
      expect(y).toBeGreaterThanOrEqual(window?.y ?? 0);
      expect(x + width).toBeLessThanOrEqual((window?.x ?? 0) + (window?.width ?? 0));
      expect(y + height).toBeLessThanOrEqual((window?.y ?? 0) + (window?.height ?? 0));
    }
    expect(await textOf(page, 'h1')).toMatch(/2\d\d\d nodes in \d+ boxes/);
  });

  test('lists the members of a box, and leads from each to its facts and on to its inputs', async () => {
    const page = await open(path);
    await page.getByRole('button', { name: /uefi\/tiny@3\.20:overlay, \d+ nodes$/ }).click();
    await page.getByRole('link', { name: OVERLAY, exact: true }).click();
    await eventually(() => textOf(page, '#details h2')).toBe(OVERLAY);
    expect(await textOf(page, '#details table')).toContain('3.20.3');
    await page.getByRole('link', { name: SETUP, exact: true }).click();
    await eventually(() => textOf(page, '#details h2')).toBe(SETUP);
    await page.goBack();
    await eventually(() => textOf(page, '#details h2')).toBe(OVERLAY);
    await page.keyboard.press('Escape');
    await eventually(() => page.locator('.selected').count()).toBe(0);
  });
});

describe('the page with every node', () => {
  let path = '';
  beforeAll(() => {
    if (missing === undefined) path = drawn('--no-factored', '-o', 'all.html');
  });

  test('draws each node and each edge between them', async () => {
    const page = await open(path);
    const [, nodes, edges] = /(\d+) nodes, (\d+) edges/.exec((await textOf(page, 'h1')) ?? '') ?? [];
    expect(Number(nodes)).toBeGreaterThan(2_000);
    expect(await page.locator('.box').count()).toBe(Number(nodes));
    expect(await page.locator('.edge').count()).toBe(Number(edges));
  });

  test('finds nodes by words and by facts, marks and counts them, and goes from one to the next', async () => {
    const page = await open(path);
    await page.keyboard.press('/');
    await page.keyboard.type('kind:overlay nocloud');
    expect(await page.locator('.match').count()).toBe(2);
    expect(await textOf(page, '#count')).toBe('2 nodes in 2 boxes');
    await page.keyboard.press('Enter');
    expect(await textOf(page, '#count')).toBe('1 of 2');
    await eventually(() => textOf(page, '#details h2')).toBe(OVERLAY.replace('3.20', '3.19'));
    await page.keyboard.press('Enter');
    await eventually(() => textOf(page, '#details h2')).toBe(OVERLAY);
    await page.keyboard.press('Enter');
    await eventually(() => textOf(page, '#details h2')).toBe(OVERLAY.replace('3.20', '3.19'));
    await page.fill('#search', 'nothing-is-called-so');
    expect(await textOf(page, '#count')).toBe('no node found');
    await page.fill('#search', '');
    expect(await page.locator('.match').count()).toBe(0);
  });

  test('brings what was found to where it can be read, and shows its neighbours', async () => {
    const page = await open(path);
    expect(await page.locator(boxOf(OVERLAY)).locator('text').first().isVisible()).toBe(false);
    await page.fill('#search', OVERLAY);
    await page.press('#search', 'Enter');
    const box = page.locator(boxOf(OVERLAY));
    await eventually(() => box.getAttribute('class')).toContain('selected');
    expect(await box.locator('text').first().isVisible()).toBe(true);
    expect(await page.locator('.edge.near').count()).toBe(3);
    expect(await page.locator(boxOf(SETUP)).getAttribute('class')).toContain('near');
    await page.click(boxOf(OVERLAY));
    await eventually(() => textOf(page, '#details h2')).toBe(OVERLAY);
    expect(await textOf(page, '#details')).toMatch(
      /kind\s*overlay.*cloud\s*nocloud.*Inputs \(2\).*Used by \(1\).*Outputs/s,
    );
  });

  test('zooms by wheel, keys and buttons, and moves by dragging', async () => {
    const page = await open(path);
    const whole = await widthOf(page, '#box-0');
    await page.mouse.move(400, 400);
    await page.mouse.wheel(0, -600);
    await eventually(() => widthOf(page, '#box-0')).toBeGreaterThan(whole * 2);
    await page.click('#fit');
    expect(await widthOf(page, '#box-0')).toBeCloseTo(whole, 1);
    await page.focus('#picture');
    await page.keyboard.press('+');
    expect(await widthOf(page, '#box-0')).toBeGreaterThan(whole * 1.2);
    await page.click('#zoom-out');
    expect(await widthOf(page, '#box-0')).toBeCloseTo(whole, 1);
    const before = await page.locator('#box-0').boundingBox();
    await page.mouse.move(500, 500);
    await page.mouse.down();
    await page.mouse.move(560, 530, { steps: 3 });
    await page.mouse.up();
    const after = await page.locator('#box-0').boundingBox();
    expect((after?.x ?? 0) - (before?.x ?? 0)).toBeCloseTo(60, 0);
    expect((after?.y ?? 0) - (before?.y ?? 0)).toBeCloseTo(30, 0);
    // A drag is not a click.
    expect(await page.locator('.selected').count()).toBe(0);
  });
});

describe('the page of one image', () => {
  let path = '';
  beforeAll(() => {
    if (missing === undefined) path = drawn('//nocloud/x86_64/uefi/tiny', '-o', 'one.html');
  });

  test('goes by the keyboard alone', async () => {
    const page = await open(path);
    await page.focus('#picture');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await eventually(() => page.locator('.selected').count()).toBe(1);
    await eventually(() => textOf(page, '#details h2')).toBe('//nocloud/x86_64/uefi/tiny@3.20:image');
  });

  test('opens at the node that its address names', async () => {
    const page = await open(path);
    await page.goto(`${pathToFileURL(path).href}#${OVERLAY}`);
    await eventually(() => textOf(page, '#details h2')).toBe(OVERLAY);
  });

  test('is dark for those who want it dark', async () => {
    const colours = async (scheme: 'light' | 'dark') =>
      (await open(path, { scheme })).evaluate(
        'getComputedStyle(document.body).backgroundColor + getComputedStyle(document.querySelector(".shape")).fill',
      );
    expect(await colours('light')).not.toBe(await colours('dark'));
  });
});

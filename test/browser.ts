/** A real, headless browser for the pages that aib writes. Any error of a page, and any request to a network, fails the test that opened it. */
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, onTestFinished } from 'vitest';
import { findOnPath } from '../src/util/process/on-path.ts';

const executable = findOnPath('chromium') ?? findOnPath('chromium-browser');
/** Why there is none. */
export const noBrowser = executable === undefined ? 'no chromium on PATH: ./setup --tests brings it' : undefined;

export interface Shown {
  readonly scheme?: 'light' | 'dark';
  readonly width?: number;
}

/** Starts it for the tests of a file; returns a function that opens a file. */
export function useBrowser(): (path: string, shown?: Shown) => Promise<Page> {
  let browser: Browser | undefined;
  beforeAll(async () => {
    if (executable === undefined) return;
    browser = await chromium.launch({
      executablePath: executable,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    });
  });
  afterAll(() => browser?.close());
  beforeEach(context => {
    if (noBrowser !== undefined) context.skip(noBrowser);
  });
  return async (path, { scheme = 'light', width = 1400 } = {}) => {
    if (browser === undefined) throw new Error('no browser');
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme: scheme });
    const complaints: string[] = [];
    page.on('console', message => complaints.push(message.text()));
    page.on('pageerror', error => complaints.push(error.message));
    page.on('request', request => {
      if (!/^(file|data):/.test(request.url())) complaints.push(`asks for ${request.url()}`);
    });
    onTestFinished(async () => {
      await page.close();
      expect(complaints).toEqual([]);
    });
    await page.goto(pathToFileURL(path).href);
    return page;
  };
}

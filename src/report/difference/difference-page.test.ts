import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import type { DiskDifference } from '../../verify/diff/disks.ts';
import { differencePage } from './difference-page.ts';

const HOSTILE = '/x<script>alert(1)</script>"\'&\u001b[2J\u202e.exe';
const DIFFERENCE: DiskDifference = {
  verdict: 'different',
  sizes: [1, 2],
  table: [{ name: 'id', before: HOSTILE, after: undefined, cause: 'random' }],
  outside: [{ owner: HOSTILE, bytes: 3, first: 0 }],
  partitions: [
    {
      partition: HOSTILE,
      kind: 'ext4',
      facts: [{ name: 'UUID', before: 'a', after: 'b', cause: 'random' }],
      bytes: [],
      files: [
        { path: HOSTILE, change: 'removed', facts: [] },
        { path: '/new', change: 'added', facts: [] },
        {
          path: '/etc/motd',
          change: 'changed',
          facts: [{ name: 'mode', before: '0644', after: '0600', cause: 'content' }],
          content: {
            sizes: [9, 9],
            causes: ['time'],
            text: ['-one', '-two', '+ONE', '-three', '+<b>', '… 3 more'],
            packages: [{ name: HOSTILE, after: '1', repository: '' }],
            inside: {
              kind: 'cpio',
              isRead: true,
              facts: [],
              files: [
                {
                  path: HOSTILE,
                  change: 'changed',
                  facts: [{ name: HOSTILE, before: HOSTILE, after: '', cause: 'time' }],
                },
              ],
            },
          },
        },
      ],
    },
  ],
};

const page = [...differencePage(DIFFERENCE, [HOSTILE, 'after.img'])].join('\n');

it('has both sides beside one another', () => {
  expect(page).toContain('<div class="sides"><span class="before">0644</span><span class="after">0600</span></div>');
  expect(page).toContain('<div class="sides"><pre class="before">one\ntwo</pre><pre class="after">ONE</pre></div>');
  expect(page).toContain('<div class="sides"><pre class="before">three</pre><pre class="after">&lt;b&gt;</pre></div>');
  expect(page).toContain('<div class="sides alone"><span></span><span class="after"><code>+ /new</code></span></div>');
  expect(page).toContain('<p>content (9 bytes) <small>possible cause: time</small></p>');
});

it('lets nothing of an image become markup, or turn the order of what follows', () => {
  expect(page).not.toContain('<script');
  expect(page).not.toContain('\u001b');
  expect(page).not.toContain('\u202e');
  expect(page.match(/&lt;script&gt;alert\(1\)/g)?.length).toBeGreaterThan(8);
  const tags = new Set([...page.matchAll(/<\/?([a-z0-9]+)/g)].map(([, tag]) => tag));
  const own =
    'html head meta link title style body header h1 h2 div b main section p small i span code pre details summary';
  expect([...tags].filter(tag => !own.split(' ').includes(tag ?? ''))).toEqual([]);
});

it('asks for nothing from elsewhere, and lets only its own styles in', () => {
  const [, style = ''] = /<style>(.*)<\/style>/s.exec(page) ?? [];
  const hash = createHash('sha256').update(style).digest('base64');
  expect(page).toContain(`content="default-src 'none'; img-src data:; style-src 'sha256-${hash}'"`);
  expect([...page.matchAll(/\b(?:src|href)="([^"]*)"/g)].map(([, target]) => target)).toEqual(['data:,']);
});

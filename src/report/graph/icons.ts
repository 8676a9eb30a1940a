/** Icons that distinguish kinds and states without colour: SVG path data for strokes, on a square of 16. */
import type { KindName } from '../../rules/kinds/kind-table.ts';

export const KIND_ICONS: Readonly<Record<string, string>> = {
  release: 'M2 2h6l6 6-6 6-6-6zM5 5h.01',
  index: 'M5 4h9M5 8h9M5 12h9M2 4h.01M2 8h.01M2 12h.01',
  iso: 'M14 8a6 6 0 1 1-12 0a6 6 0 1 1 12 0zM9.5 8a1.5 1.5 0 1 1-3 0a1.5 1.5 0 1 1 3 0z',
  firmware: 'M4 4h8v8H4zM6 4V1.5M10 4V1.5M6 14.5V12M10 14.5V12M4 6H1.5M4 10H1.5M14.5 6H12M14.5 10H12',
  source: 'M3 1.5h6.5L13 5v9.5H3zM9.5 1.5V5H13M5.5 8h5M5.5 11h5',
  packages: 'M2 5l6-3.5L14 5v6l-6 3.5L2 11zM2 5l6 3.5L14 5M8 8.5v6',
  overlay: 'M8 2l6.5 3.5L8 9L1.5 5.5zM1.5 8.5L8 12l6.5-3.5M1.5 11.5L8 15l6.5-3.5',
  disk: 'M2 4a6 2.5 0 0 1 12 0v8a6 2.5 0 0 1-12 0zM2 4a6 2.5 0 0 0 12 0M2 8a6 2.5 0 0 0 12 0',
  image: 'M4.5 13a3.5 3.5 0 0 1-.5-6.9A4.5 4.5 0 0 1 12.5 6.5A3.3 3.3 0 0 1 12 13z',
  boot: 'M8 1.5V8M4.5 3.5a5.5 5.5 0 1 0 7 0',
  metadata: 'M14 8a6 6 0 1 1-12 0a6 6 0 1 1 12 0zM8 7.5V11M8 5h.01',
} satisfies Partial<Record<KindName, string>>;

/** For a kind without an icon. */
export const OTHER_ICON = 'M8 1.5l5.6 3.2v6.6L8 14.5l-5.6-3.2V4.7z';

export const STATE_ICONS: Readonly<Record<string, string>> = {
  built: 'M3 8.5l3.5 3.5L13 4.5',
  stale: 'M13.5 8a5.5 5.5 0 1 1-1.7-4M12.5 1v3.5H9',
  missing: 'M3 8h10',
  failed: 'M4 4l8 8M12 4l-8 8',
  external: 'M5 11l6.5-6.5M6 4.5h5.5V10',
};

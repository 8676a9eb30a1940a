/** Formats durations for display. Values for computing or parsing stay in milliseconds. */

/**
 * 850 ms, 12.3 s, 2 min 05 s, 1 h 02 min; rounded before the unit is chosen, so there is no "60.0 s". A negative duration, from a clock
 * that was set back, is 0 ms.
 */
export function formatDuration(ms: number): string {
  const milliseconds = Math.max(0, Math.round(ms));
  if (milliseconds < 1000) return `${milliseconds} ms`;
  const tenths = Math.round(milliseconds / 100);
  return tenths < 600 ? `${(tenths / 10).toFixed(1)} s` : formatSeconds(milliseconds);
}

/** 12 s, 2 min 05 s, 1 h 02 min: for running times on the screen, where tenths would flicker. */
export function formatSeconds(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${pad(seconds % 60)} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} min`;
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}

/** Text inside HTML and SVG. Whatever a label or a fact says, it stays text. */
import { visibleControls } from '../text/fit.ts';

export function escapeMarkup(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** JSON for a script element, which ends at the first `</script`, whatever is quoted around it. */
export function scriptJson(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c');
}

/** Foreign text as text that shows all of itself: what cannot be seen, or turns the order of what follows around, is there by its number. */
export function shownText(text: string): string {
  const turning = /[\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;
  const visible = visibleControls(text).replaceAll(
    turning,
    character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return escapeMarkup(visible);
}

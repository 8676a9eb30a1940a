/** Escapes text for HTML and SVG, so that labels and facts cannot become markup. */
import { visibleControls } from '../text/fit.ts';

export function escapeMarkup(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** JSON for a script element. The element ends at the first `</script`, even inside a quoted string, so `<` is escaped. */
export function scriptJson(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c');
}

/** Escapes foreign text, and shows invisible characters and characters that reverse the text direction by their number. */
export function shownText(text: string): string {
  const turning = /[\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;
  const visible = visibleControls(text).replaceAll(
    turning,
    character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return escapeMarkup(visible);
}

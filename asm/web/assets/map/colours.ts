/**
 * A colour of the page's sheet (`_tokens.scss`) by its name: a map is dark where the page is. Grey
 * where the sheet did not come.
 */
export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim() || "gray";
}

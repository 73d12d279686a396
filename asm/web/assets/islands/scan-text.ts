/**
 * What a scanner typed, as far as its text alone tells: where a card's code or a zone ends, and what
 * behind it somebody typed by hand.
 */
export interface Split {
  /** The whole code or zone; empty when it is not whole. */
  scan: string;
  /** What stands behind it. */
  rest: string;
  /** Whether nothing of the paper can follow, so that `rest` is somebody's who types. */
  sure: boolean;
}

const NOT_WHOLE: Split = { scan: "", rest: "", sure: false };
/** The bar, and what other keyboard layouts make of it. */
const CARD = /^[^|]{0,8}?\d{12}([|\t\\~¦｜])/;
const DATE = /^\s*\d{8}/;
/** Marks that scanners send behind a text. No room is called so. */
// eslint-disable-next-line no-control-regex
const SILENT = /^[\s\u0000-\u001f\u007f\u200b-\u200f\ufeff]*$/;
/** Lengths of whole zones and of what one line holds, by their first letter (ICAO Doc 9303). */
const CARD_LINES = { whole: [90, 72], lines: [30, 60, 36] };
const ZONES = new Map([
  ["P", { whole: [88], lines: [44] }],
  ["V", { whole: [88, 72], lines: [44, 36] }],
  ["I", CARD_LINES],
  ["A", CARD_LINES],
  ["C", CARD_LINES],
]);

export function split(text: string): Split {
  const found = text.includes("<") ? splitZone(text) : splitCard(text);
  return found.scan && SILENT.test(found.rest) ? { ...found, scan: text, rest: "" } : found;
}

/** Seven parts, or the eleven of the newer card, the last ones empty: a date of issue closes it. */
function splitCard(text: string): Split {
  const bar = CARD.exec(text)?.[1] ?? "|";
  const parts = text.split(bar);
  for (let at = 6; at < parts.length; at++) {
    const date = DATE.exec(parts[at] ?? "")?.[0];
    if (!date) continue;
    const head = [...parts.slice(0, at), date].join(bar);
    let end = head.length;
    while (text.startsWith(bar, end) && end < head.length + 4) end++;
    const bars = end - head.length;
    return { scan: text.slice(0, end), rest: text.slice(end), sure: bars === 0 || bars === 4 };
  }
  return NOT_WHOLE;
}

/** Where in a field's text a paper's begins, or -1. */
export const startOf = (text: string): number =>
  text.search(/\d{12}[|\t\\~¦｜]|[PVIAC][A-Z<][A-Z]{3}[A-Z0-9<]{20}/i);

/** Its letters without the breaks between its lines. */
const letters = (text: string): string => text.replace(/\s/g, "").toUpperCase();

function splitZone(text: string): Split {
  const zone = letters(text);
  const whole = ZONES.get(zone.charAt(0))?.whole ?? [];
  const longest = whole[0] ?? Infinity;
  if (!/^[A-Z0-9<]+$/.test(zone.slice(0, longest))) return NOT_WHOLE;
  if (zone.length >= longest) {
    let end = 0;
    for (let seen = 0; seen < longest; end++) if (/\S/.test(text.charAt(end))) seen++;
    return { scan: text.slice(0, end), rest: text.slice(end), sure: true };
  }
  return whole.includes(zone.length) ? { scan: text, rest: "", sure: false } : NOT_WHOLE;
}

/** A zone of which a line or two are there: its reader's Enter closes a line, not the zone. */
export function isZoneLine(text: string, byMachine: boolean): boolean {
  const zone = letters(text);
  if (!zone.includes("<") || split(text).scan) return false;
  // A reader's letters may have been changed on the way, so of its lines only the order is sure.
  return byMachine ? zone.length < 66 : (ZONES.get(zone.charAt(0))?.lines ?? []).includes(zone.length);
}

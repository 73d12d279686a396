/** What twelve digits say: where the birth was registered, century and sex, and the year. */
import { PLACES } from "./birth-places";

export interface NumberSays {
  sex: "male" | "female";
  year: number;
  /** Undefined where no province has the prefix; the number may be right all the same. */
  place?: string;
}

export function readNumber(digits: string): NumberSays | undefined {
  if (!/^\d{6,12}$/.test(digits)) return undefined;
  const sign = Number(digits[3]);
  const place = PLACES[digits.slice(0, 3)];
  return {
    sex: sign % 2 ? "female" : "male",
    year: 1900 + 100 * Math.floor(sign / 2) + Number(digits.slice(4, 6)),
    ...(place && { place }),
  };
}

/** 048191 004527. */
export const grouped = (digits: string): string => digits.replace(/^(\d{6})/, "$1 ").trim();

/** What is typed of guests who are not declared yet: it survives a reload and a killed tab. */
import { useEffect, useState } from "preact/hooks";

import type { GuestInput, StayDeclaration } from "../../core/types";
import { shared } from "../../parts/app-state";
import { dayOf, instant, leavingAt, readBirth } from "../../parts/dates";

export const DRAFT = "add";
export type Step = "number" | "paper" | "who" | "where" | "review";

export interface Draft {
  step: Step;
  /** Guests of the party who are ready; the one being typed stands below. */
  party: GuestInput[];
  /** What is known of a guest who was here before, and not shown: where they live, a phone. */
  base: GuestInput;
  number: string;
  paper: number;
  paperName: string;
  nationality: string;
  name: string;
  birth: string;
  sex: "male" | "female" | "other" | null;
  cardQr: string;
  room: string;
  nights: number;
  /** YYYY-MM-DD of a long stay; empty: `nights` counts. */
  until: string;
  /** When the guest came, in milliseconds. */
  arrivedAt: number;
  /** Of a record that was sent back: it is said anew under this key. */
  amends: string;
}

const ROOM = "asm-room";

export const newDraft = (more: Partial<Draft> = {}): Draft => ({
  step: "number",
  party: [],
  base: {},
  number: "",
  paper: 1,
  paperName: "",
  nationality: "VNM",
  name: "",
  birth: "",
  sex: null,
  cardQr: "",
  room: "",
  nights: 1,
  until: "",
  arrivedAt: Date.now(),
  amends: "",
  ...more,
});

/** The next guest of the same party: room, nights and time stay. */
export const nextGuest = (draft: Draft): Draft => ({
  ...newDraft({ party: [...draft.party, guestOf(draft)] }),
  room: draft.room,
  nights: draft.nights,
  until: draft.until,
  arrivedAt: draft.arrivedAt,
});

let newest: Draft | undefined;
let keeping = Promise.resolve();

/** With every letter: a tab may be killed at any moment. What is newer meanwhile is kept next. */
function keepDraft(draft: Draft): void {
  const idle = newest === undefined;
  newest = draft;
  if (!idle) return;
  keeping = keeping.then(async () => {
    const kept = newest;
    newest = undefined;
    // A full phone is said where something is sent; what is typed stays on the page.
    if (kept) await shared.app.draft.store(DRAFT, kept).catch(() => undefined);
  });
}

function dropDraft(): void {
  newest = undefined;
  keeping = keeping.then(() => shared.app.draft.clear(DRAFT));
}

/** The draft, and how it is changed. */
export function useDraft(start: () => Partial<Draft>): [Draft | undefined, (more: Partial<Draft>) => void, () => void] {
  const [draft, setDraft] = useState<Draft>();
  useEffect(() => {
    const fresh = newDraft(start());
    void shared.app.draft.load<Draft>(DRAFT).then((kept) => setDraft(kept && !fresh.amends ? { ...fresh, ...kept } : fresh));
    return () => shared.app.touched(false);
  }, []);
  useEffect(() => {
    if (!draft) return undefined;
    shared.app.touched(draft.number !== "" || draft.name !== "" || draft.party.length > 0);
    keepDraft(draft);
    return undefined;
  }, [draft]);
  const change = (more: Partial<Draft>): void => setDraft((before) => before && { ...before, ...more });
  const drop = (): void => {
    setDraft(undefined);
    dropDraft();
  };
  return [draft, change, drop];
}

export function guestOf(draft: Draft): GuestInput {
  const birth = readBirth(draft.birth, yearOf(draft));
  if (draft.cardQr) {
    return { card_qr: draft.cardQr, ...(draft.name && { full_name: draft.name }) };
  }
  return {
    ...draft.base,
    full_name: draft.name.trim().replace(/\s+/g, " "),
    ...(birth && { birth_date: birth }),
    sex: draft.sex,
    nationality: draft.nationality,
    document_type: draft.paper,
    document_number: draft.number,
    ...(draft.paper === 9 && { document_name: draft.paperName }),
  };
}

/** The year that the card's number says. */
export function yearOf({ paper, number }: Draft): number | undefined {
  if (paper !== 1 || !/^\d{6,12}$/.test(number)) return undefined;
  return 1900 + 100 * Math.floor(Number(number[3]) / 2) + Number(number.slice(4, 6));
}

export function declarationOf(draft: Draft, guests: GuestInput[]): StayDeclaration {
  localStorage.setItem(ROOM, draft.room);
  return {
    arrived_at: instant(draft.arrivedAt),
    planned_departure_at: draft.until
      ? `${draft.until}T12:00:00+07:00`
      : leavingAt(draft.arrivedAt, draft.nights),
    room: draft.room.trim() || null,
    guests,
  };
}

export const tomorrow = (): string => dayOf(Date.now() + 86_400_000);

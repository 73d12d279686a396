/** What is typed of guests who are not declared yet: it survives a reload and a killed tab. */
import { useEffect, useState } from "preact/hooks";

import type { GuestInput, StayDeclaration } from "../../core/types";
import { shared } from "../../parts/app-state";
import { dayOf, instant, leavingAt, readBirth } from "../../parts/dates";

/** Each house has its own: what is typed in one is no guest of another. */
export const draftOf = (houseId: string): string => `add:${houseId}`;
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

let newest: { id: string; draft: Draft } | undefined;
let keeping = Promise.resolve();

/** With every letter: a tab may be killed at any moment. What is newer meanwhile is kept next. */
function keepDraft(id: string, draft: Draft): void {
  const idle = newest === undefined;
  newest = { id, draft };
  if (!idle) return;
  keeping = keeping.then(async () => {
    const kept = newest;
    newest = undefined;
    // A full phone is said where something is sent; what is typed stays on the page.
    if (kept) await shared.app.draft.store(kept.id, kept.draft).catch(() => undefined);
  });
}

function dropDraft(id: string): void {
  newest = undefined;
  keeping = keeping.then(() => shared.app.draft.clear(id));
}

/** The draft, and how it is changed. */
export function useDraft(
  id: string,
  start: () => Partial<Draft>,
): [Draft | undefined, (more: Partial<Draft>) => void, () => void] {
  const [draft, setDraft] = useState<Draft>();
  useEffect(() => {
    const fresh = newDraft(start());
    void shared.app.draft.load<Draft>(id).then((kept) => setDraft(kept && !fresh.amends ? { ...fresh, ...kept } : fresh));
    return () => shared.app.touched(false);
  }, []);
  useEffect(() => {
    if (!draft) return undefined;
    shared.app.touched(draft.number !== "" || draft.name !== "" || draft.party.length > 0);
    keepDraft(id, draft);
    return undefined;
  }, [draft]);
  const change = (more: Partial<Draft>): void => setDraft((before) => before && { ...before, ...more });
  const drop = (): void => {
    setDraft(undefined);
    dropDraft(id);
  };
  return [draft, change, drop];
}

/** `number||name|…`, as the card's code has it. */
const nameOnCard = (text: string): string => (text.split("|")[2] ?? "").trim();

/** A guest who was declared before, or is to be corrected, as they are typed. */
export const again = (guest: GuestInput): Partial<Draft> =>
  guest.card_qr
    ? {
        base: {},
        cardQr: guest.card_qr,
        number: guest.card_qr.split("|")[0] ?? "",
        name: guest.full_name || nameOnCard(guest.card_qr),
        paper: 1,
      }
    : {
        base: guest,
        name: guest.full_name ?? "",
        birth: (guest.birth_date ?? "").split("-").reverse().join("/"),
        sex: guest.sex ?? null,
        nationality: guest.nationality ?? "VNM",
        number: guest.document_number ?? "",
        paper: guest.document_type ?? 1,
        paperName: guest.document_name ?? "",
        cardQr: "",
      };

export const nameOf = (guest: GuestInput): string =>
  guest.full_name || nameOnCard(guest.card_qr ?? "") || "…";

export function guestOf(draft: Draft): GuestInput {
  const birth = readBirth(draft.birth, yearOf(draft));
  if (draft.cardQr) {
    // Only what was corrected by hand: what the card says stays the card's.
    const corrected = draft.name.trim() !== nameOnCard(draft.cardQr);
    return { card_qr: draft.cardQr, ...(corrected && { full_name: draft.name.trim() }) };
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

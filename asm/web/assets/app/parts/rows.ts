/** Who is in the house tonight, as the phone knows it: what waits first, then what is overdue. */
import type { OutboxRecord, StayView } from "../core/types";

export interface Row {
  id: string;
  path: string;
  room: string;
  names: string[];
  record?: OutboxRecord;
  stay?: StayView;
}

export const isHere = (stay: StayView, now: number): boolean =>
  stay.voided_at === null && (stay.departed_at === null || Date.parse(stay.departed_at) > now);

export const stayIds = ({ answer }: OutboxRecord): string[] =>
  (answer?.outcome?.results ?? []).map((result) => result.stay_id ?? "").filter(Boolean);

/** The change of a stay that the police do not have yet. */
export const changeOf = (records: OutboxRecord[], stay: StayView): OutboxRecord | undefined =>
  records.find(
    ({ deed, state }) => state !== "received" && "stay" in deed && "id" in deed.stay && deed.stay.id === stay.id,
  );

const names = (record: OutboxRecord): string[] =>
  record.deed.deed === "declare"
    ? record.deed.body.guests.map((guest) => guest.full_name || (guest.card_qr ?? "").split("|")[2] || "…")
    : [];

export function rowsOf(records: OutboxRecord[], stays: StayView[], now: number): Row[] {
  const known = new Set(stays.map(({ id }) => id));
  const declared = records
    .filter(({ deed }) => deed.deed === "declare")
    .filter((record) => record.state !== "received" || !stayIds(record).every((id) => known.has(id)))
    .map((record): Row => {
      const room = record.deed.deed === "declare" ? record.deed.body.room : null;
      return { id: record.key, path: `/record/${record.key}`, room: room ?? "", names: names(record), record };
    });
  const here = stays
    .filter((stay) => isHere(stay, now))
    .map((stay): Row => {
      const record = changeOf(records, stay);
      const row = { id: stay.id, path: `/stay/${stay.id}`, room: stay.room ?? "", names: [stay.guest.full_name], stay };
      return record ? { ...row, record } : row;
    });
  return [...declared, ...here].sort((a, b) => weight(a, now) - weight(b, now) || byRoom(a, b));
}

function weight({ record, stay }: Row, now: number): number {
  if (record && record.state !== "received") return record.state === "sent_back" ? 0 : 1;
  const leaves = stay?.planned_departure_at;
  return leaves && Date.parse(leaves) < now ? 2 : 3;
}

const byRoom = (a: Row, b: Row): number => a.room.localeCompare(b.room, "vi", { numeric: true });

/**
 * Amendments that waited until the outcome of a frozen record was known: what the server has is
 * changed by further records, what it refused is said anew.
 */
import type { KeyHolder } from "./account";
import { localTime } from "./bytes";
import { compose, dependants, renew } from "./compose";
import type { Amend, Deed, GuestInput, StayDeclaration } from "./contract";
import { type Opened, changeRecord, openAll } from "./records";

/** Whether there were any. */
export async function settleAmendments(holder: KeyHolder): Promise<boolean> {
  const { opened } = await openAll(holder);
  const known = opened.filter(
    ({ row, contents }) => contents.amendment && (row.state === "received" || row.state === "sent_back"),
  );
  for (const { row } of known) await changeRecord(holder, row.key, (now) => settleAmendment(holder, now));
  return known.length > 0;
}

async function settleAmendment(holder: KeyHolder, opened: Opened): Promise<Opened[]> {
  const { amendment, ...contents } = opened.contents;
  // Another tab was quicker.
  if (!amendment) return [opened];
  if (opened.row.state !== "received") {
    const fresh = await renew(holder, opened, amendment);
    return [fresh, ...(await dependants(holder, opened.row.key, fresh.row.key))];
  }
  const { amended: _settled, ...row } = opened.row;
  const deeds = furtherDeeds(row.key, contents.deed, amendment);
  const further = deeds.map((deed) => compose(holder, contents.facilityId, deed, localTime()));
  return [{ row, contents }, ...(await Promise.all(further))];
}

/** What changes a deed that the server has into the one that the person wants now. */
function furtherDeeds(key: string, before: Deed, after: Deed): Deed[] {
  if (before.deed !== "declare" || after.deed !== "declare") {
    const { version: _seen, ...wanted } = after as Deed & { version?: number };
    return [wanted];
  }
  const deeds: Deed[] = before.body.guests.flatMap((guest, index): Deed[] => {
    const stay = { declared_by: key, guest: index };
    const wanted = after.body.guests[index];
    if (!wanted) return [{ deed: "void", stay, body: { reason: "sửa trước khi nhận: không có khách này" } }];
    const body = amendOf(before.body, after.body, guest, wanted);
    return Object.keys(body).length ? [{ deed: "amend", stay, body }] : [];
  });
  const added = after.body.guests.slice(before.body.guests.length);
  if (added.length) deeds.push({ deed: "declare", body: { ...after.body, guests: added } });
  return deeds;
}

const OF_STAY = ["arrived_at", "planned_departure_at", "hourly", "reason", "reason_text"] as const;

function amendOf(
  before: StayDeclaration,
  after: StayDeclaration,
  guest: GuestInput,
  wanted: GuestInput,
): Amend {
  const amend: Record<string, unknown> = {};
  for (const name of OF_STAY) if (before[name] !== after[name]) amend[name] = after[name] ?? null;
  const room = (party: StayDeclaration, each: GuestInput): string | null => each.room ?? party.room ?? null;
  if (room(before, guest) !== room(after, wanted)) amend.room = room(after, wanted);
  const changes: Record<string, unknown> = {};
  for (const name of new Set([...Object.keys(guest), ...Object.keys(wanted)]) as Set<keyof GuestInput>) {
    // A card's code is read once, at declaring; the room is the stay's.
    if (name === "card_qr" || name === "room" || guest[name] === wanted[name]) continue;
    changes[name] = wanted[name] ?? null;
  }
  if (Object.keys(changes).length) amend.guest = changes;
  return amend;
}

/** The stays of a facility as the server has them, sealed on this phone (`stayChanges`). */
import type { KeyHolder } from "./account";
import { changed } from "./changes";
import type { StayView } from "./contract";
import { type StayRow, readMeta, write } from "./database";
import { seal } from "./sealing";
import { stayAt } from "./reading";
import { askSignedIn, refusalOf } from "./tokens";

const PAGE = 500;

interface Change {
  stay_id: string;
  gone: string | null;
  stay: StayView | null;
}
interface Page {
  changes: Change[];
  next: string;
  more: boolean;
}
interface Cursor {
  since?: string;
  reading: number;
  /** Whether a reading from the beginning has reached its end. */
  whole: boolean;
}

const cursorOf = (facilityId: string): string => `feed:${facilityId}`;

/** Reads on from where the last page ended; from the beginning where the server forgot (410). */
export async function readChanges(holder: KeyHolder, facilityId: string): Promise<void> {
  let cursor = (await readMeta<Cursor>(cursorOf(facilityId))) ?? { reading: 1, whole: false };
  for (let more = true; more; ) {
    const since = cursor.since === undefined ? "" : `&since=${encodeURIComponent(cursor.since)}`;
    const path = `/api/v1/facilities/${facilityId}/stays/changes?limit=${PAGE}${since}`;
    const answer = await askSignedIn({ method: "GET", path });
    if (answer.status === 410 && cursor.since !== undefined) {
      cursor = { reading: cursor.reading + 1, whole: false };
      continue;
    }
    if (answer.status !== 200) throw refusalOf(answer);
    const page = answer.json as Page;
    more = page.more;
    cursor = { since: page.next, reading: cursor.reading, whole: cursor.whole || !more };
    await keep(holder, facilityId, page, cursor);
  }
}

async function keep(
  { key, tag }: KeyHolder,
  facilityId: string,
  { changes, more }: Page,
  cursor: Cursor,
): Promise<void> {
  // The last of several changes of one stay is the one that counts.
  const newest = new Map(changes.map((change) => [change.stay_id, change]));
  const rows = await Promise.all(
    [...newest.values()].map(async ({ stay_id: id, stay }): Promise<StayRow | string> => {
      if (!stay) return id;
      const sealed = await seal(key, stayAt(id, tag), stay);
      return { id, facility: facilityId, version: stay.version, reading: cursor.reading, sealed };
    }),
  );
  await write(["stays", "receipts", "meta"], async (writing) => {
    const [stays, receipts] = [writing.store("stays"), writing.store("receipts")];
    for (const row of rows) {
      if (typeof row !== "string") void stays.put(row);
      else void Promise.all([stays.delete(row), receipts.delete(row)]);
    }
    if (!more && cursor.reading > 1) {
      for (const row of await stays.by("facility", facilityId)) {
        if (row.reading < cursor.reading) void stays.delete(row.id);
      }
    }
    void writing.store("meta").put(cursor, cursorOf(facilityId));
  });
  if (rows.length) changed();
}

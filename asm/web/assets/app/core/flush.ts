/**
 * Sends what waits, exactly once and in order, whoever calls: a page, another page, the worker.
 * 1. One sender at a time. 2. Take the oldest records of one facility; what waits for a declaration
 * that is not received waits on. 3. Freeze them, in the store, before the first byte leaves. 4. Send.
 * 5. Write down each record's own outcome; a refused one steps aside. 6. Until nothing is left.
 */
import { type KeyHolder, readKeyHolder } from "./account";
import { localTime } from "./bytes";
import { changed } from "./changes";
import type { BatchItemResult, ProblemDetails } from "./contract";
import type { OutboxRow, SealedRow, Writing } from "./database";
import { thisDevice } from "./device";
import { FLUSH_LOCK, alone } from "./locks";
import { isHeldOff, isWaiting, noteClock, noteFailure, noteSuccess, readNet } from "./netlog";
import { isPassing, receiptsOf, settle } from "./outcome";
import { receiptAt } from "./reading";
import {
  type Contents,
  type Opened,
  allRows,
  changeRecord,
  openRow,
  putAll,
  sealRecord,
  waitsFor,
} from "./records";
import { seal } from "./sealing";
import { type Answer, retryAfter } from "./server";
import { askSignedIn } from "./tokens";
import { SignInRequired, Unreachable } from "./types";

/** A hundred records go in two requests. */
const MOST = 50;

interface Run {
  holder: KeyHolder;
  /** Not tried twice in one run. */
  tried: Set<string>;
  most: number;
  passing: boolean;
  retryAfterS?: number | undefined;
}

/** `now`: somebody waits for it, or something happened; else only when its time has come. */
export async function flush(now: boolean): Promise<void> {
  await alone(FLUSH_LOCK, async () => {
    const holder = await readKeyHolder();
    if (!holder) return;
    // Whoever was sending these was closed: nobody is now.
    await release(holder, await openedRows(holder, ({ state }) => state === "sending"));
    // Without signal not even tried: a record that cannot have left stays open to corrections.
    if (holder.status !== "signed_in" || !navigator.onLine) return;
    const net = await readNet();
    if (isHeldOff(net) || (!now && isWaiting(net))) return;
    const run: Run = { holder, tried: new Set(), most: MOST, passing: false };
    let sent = false;
    for (;;) {
      const batch = await nextBatch(run);
      if (!batch.length) break;
      sent = true;
      if (!(await sendBatch(run, batch))) return;
    }
    if (run.passing) await noteFailure(run.retryAfterS);
    else if (sent) await noteSuccess();
  });
}

async function openedRows(
  holder: KeyHolder,
  wanted: (row: OutboxRow) => boolean,
): Promise<Opened[]> {
  const opened = (await allRows()).filter(wanted).map((row) => openRow(holder, row));
  return (await Promise.all(opened)).filter((each) => each !== undefined);
}

const isUnsent = ({ state, removedAt }: OutboxRow): boolean =>
  state !== "received" && removedAt === undefined;

async function nextBatch({ holder, tried, most }: Run): Promise<Opened[]> {
  const rows = (await allRows()).filter((row) => row.account === holder.tag && isUnsent(row));
  const ahead = new Set(rows.map(({ key }) => key));
  const batch: Opened[] = [];
  for (const row of rows) {
    if (batch.length === most) break;
    if (row.state === "sent_back" || tried.has(row.key)) continue;
    if (batch[0] && batch[0].row.facility !== row.facility) continue;
    const opened = await openRow(holder, row);
    if (!opened) continue;
    const before = waitsFor(opened.contents);
    if (before !== undefined && ahead.has(before)) continue;
    ahead.delete(row.key);
    batch.push(opened);
  }
  const frozen = batch.map(freeze);
  // Somebody changed one of them: look again.
  return (await putAll(frozen)) ? frozen : nextBatch({ holder, tried, most, passing: false });
}

const freeze = ({ row, contents }: Opened): Opened => ({
  row: {
    ...row,
    state: "sending",
    frozen: true,
    tries: row.tries + 1,
    lastTry: Date.now(),
    rev: row.rev + 1,
  },
  contents,
});

/** Whether to go on. */
async function sendBatch(run: Run, batch: Opened[]): Promise<boolean> {
  changed();
  for (const { row } of batch) run.tried.add(row.key);
  try {
    const body = await batchOf(batch);
    const path = `/api/v1/facilities/${batch[0]?.contents.facilityId}/batch`;
    const headers = { "ASM-Device-Time": localTime() };
    const sentAt = Date.now();
    const answer = await askSignedIn({ method: "POST", path, body, headers });
    return await takeAnswer(run, batch, answer, sentAt);
  } catch (failure) {
    await release(run.holder, batch);
    if (failure instanceof SignInRequired) return false;
    if (!(failure instanceof Unreachable)) throw failure;
    await noteFailure();
    return false;
  }
}

async function takeAnswer(
  run: Run,
  batch: Opened[],
  answer: Answer,
  sentAt: number,
): Promise<boolean> {
  const { status, json } = answer;
  if (status === 200) {
    const { items, server_time: time } = json as { items: BatchItemResult[]; server_time?: string };
    await noteClock(time ?? null, sentAt);
    run.most = Math.min(run.most * 2, MOST);
    run.retryAfterS = retryAfter(answer) ?? run.retryAfterS;
    await takeResults(run, batch, items);
    return true;
  }
  if (status >= 500 || [401, 409, 426, 429].includes(status)) {
    await release(run.holder, batch);
    await noteFailure(retryAfter(answer));
    return false;
  }
  if (batch.length > 1) {
    // One of them makes the whole unreadable: find it by halves.
    run.most = Math.ceil(batch.length / 2);
    for (const { row } of batch) run.tried.delete(row.key);
    await release(run.holder, batch);
    return true;
  }
  const problem = json as ProblemDetails;
  await takeResults(run, batch, [{ key: batch[0]?.row.key ?? "", status, replayed: false, problem }]);
  return true;
}

async function takeResults(run: Run, batch: Opened[], results: BatchItemResult[]): Promise<void> {
  const byKey = new Map(results.map((result) => [result.key, result]));
  const received = (key: string): boolean => (byKey.get(key)?.status ?? 503) < 300;
  const inBatch = new Set(batch.map(({ row }) => row.key));
  const judged = batch.map(({ row, contents }): BatchItemResult => {
    const result = byKey.get(row.key) ?? { key: row.key, status: 503, replayed: false };
    const before = waitsFor(contents);
    // Refused only for want of the declaration before it: it waits with that.
    const early = before !== undefined && inBatch.has(before) && !received(before);
    return early ? { key: row.key, status: 503, replayed: false } : result;
  });
  if (judged.some(isPassing)) run.passing = true;
  const receipts = await sealReceipts(run.holder, judged);
  const sealed = await Promise.all(
    batch.map((opened, at) => sealRecord(run.holder, settle(opened, judged[at] as BatchItemResult))),
  );
  const keep = (writing: Writing): void => {
    for (const row of receipts) void writing.store("receipts").put(row);
  };
  if (!(await putAll(sealed, keep))) {
    // Somebody amended one of them on the way: each by itself, with what stands there now.
    await putAll([], keep);
    for (const result of judged) {
      await changeRecord(run.holder, result.key, (opened) => [settle(opened, result)]);
    }
  }
  changed();
}

const sealReceipts = (
  { key, tag }: KeyHolder,
  results: BatchItemResult[],
): Promise<SealedRow[]> =>
  Promise.all(
    results.flatMap(receiptsOf).map(async (receipt) => {
      const id = receipt.stay_id;
      return { id, sealed: await seal(key, receiptAt(id, tag), receipt) };
    }),
  );

/** Back to waiting, frozen: the server may have them. */
async function release(holder: KeyHolder, batch: Opened[]): Promise<void> {
  if (!batch.length) return;
  const waiting = batch.map(({ row, contents }): Opened => {
    return { row: { ...row, state: "waiting", rev: row.rev + 1 }, contents };
  });
  if (!(await putAll(waiting))) {
    for (const { row } of batch) {
      await changeRecord(holder, row.key, ({ row: now, contents }) => [
        { row: { ...now, state: "waiting" }, contents },
      ]);
    }
  }
  changed();
}

async function batchOf(batch: Opened[]): Promise<string> {
  const { thumbprint } = await thisDevice();
  const items = batch.map(({ row, contents }) => itemOf(row.key, contents, thumbprint));
  return `{"items":[${items.join(",")}]}`;
}

/** The body's bytes are those that were signed; all else is written around them. */
function itemOf(key: string, contents: Contents, thumbprint: string): string {
  const { body: _body, ...deed } = contents.deed;
  const { proof, savedAt, signedBy } = contents;
  const saved = { at: savedAt, ...(proof && signedBy === thumbprint ? { proof } : {}) };
  const head = JSON.stringify({ key, ...deed, saved });
  return `${head.slice(0, -1)},"body":${contents.body}}`;
}

/** The signed receipt with its code, drawn on the phone: it needs no signal. */
import { encode } from "uqr";

import type { Receipt } from "../core/types";
import { shared, useRead } from "../parts/app-state";
import { clock, longDay } from "../parts/dates";

export function ReceiptCard({ stayId }: { stayId: string }) {
  const { app, t } = shared;
  const read = useRead(async () => ({ receipt: await app.receipt(stayId).catch(() => undefined) }), stayId);
  if (!read) return <p class="empty">{t.loading}</p>;
  if (!read.receipt) return <p class="msg warn">{t.receipt.absent}</p>;
  return <Shown receipt={read.receipt} />;
}

function Shown({ receipt }: { receipt: Receipt }) {
  const { t } = shared;
  const minutes = Math.round(Math.abs(Date.parse(receipt.due_at) - Date.parse(receipt.received_at)) / 60_000);
  const long = t.receipt.duration(Math.floor(minutes / 60), minutes % 60);
  return (
    <section class="panel stack">
      <Code text={`${location.origin}/verify#${receipt.token}`} />
      <p class="card-no mid-t">{receipt.number}</p>
      <dl class="kv">
        <div>
          <dt>{t.receipt.at}</dt>
          <dd>
            <b class="num">{clock(receipt.received_at)}</b>, {longDay(receipt.received_at)}
          </dd>
        </div>
        <div>
          <dt>{t.receipt.due}</dt>
          <dd>
            <span class="num">{clock(receipt.due_at)}</span>, {longDay(receipt.due_at)} ·{" "}
            {receipt.on_time ? t.receipt.early(long) : t.receipt.late(long)}
          </dd>
        </div>
      </dl>
      <p class="s q">{t.receipt.proves}</p>
    </section>
  );
}

function Code({ text }: { text: string }) {
  const { data, size } = encode(text, { border: 1 });
  const path = data
    .flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : "")))
    .join("");
  return (
    <svg class="qr" role="img" aria-label={shared.t.receipt.qr} viewBox={`0 0 ${size} ${size}`}>
      <path d={path} />
    </svg>
  );
}

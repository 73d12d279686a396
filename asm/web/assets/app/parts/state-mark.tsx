/** Sent, or not sent: dashed is still here, solid the police have; nothing green before that. */
import type { OutboxRecord, StayView } from "../core/types";
import { shared } from "./app-state";
import { shortDay } from "./dates";
import { Icon } from "./icons";

export function RecordMark({ record }: { record: OutboxRecord }) {
  const { t } = shared;
  const { state } = record;
  const kind = state === "received" ? "ok" : state === "sent_back" ? "back" : "wait";
  const icon = state === "received" ? "check" : state === "sent_back" ? "undo" : "ring";
  return (
    <span class={`tag ${kind}`}>
      <Icon name={icon} />
      <span>{t.state[state]}</span>
    </span>
  );
}

export function StayMark({ stay, now }: { stay: StayView; now: number }) {
  const { t } = shared;
  const leaves = stay.planned_departure_at;
  if (leaves && Date.parse(leaves) < now) {
    return (
      <span class="tag late">
        <Icon name="clock" />
        <span>{t.tonight.overdue}</span>
      </span>
    );
  }
  return (
    <span class={stay.on_time ? "tag ok" : "tag late"}>
      <Icon name={stay.on_time ? "check" : "clock"} />
      <span class="num">{stay.on_time ? shortDay(stay.received_at) : t.state.late}</span>
    </span>
  );
}

/** Room and nights, with the day of leaving said at once. */
import { useState } from "preact/hooks";

import type { Facility } from "../../core/types";
import { shared, useRead } from "../../parts/app-state";
import { clock, instant, longDay, nightsUntil, shortDay } from "../../parts/dates";
import { Field } from "../../parts/field";
import type { StepOptions } from "./add";
import { tomorrow } from "./draft";

const DAY_MS = 86_400_000;
const MOST_NIGHTS = 29;

export function WhereStep({ draft, change, to, place }: StepOptions & { place: Facility }) {
  const { app, t } = shared;
  const rooms = useRead(() => app.rooms(place.id).catch(() => []), place.id) ?? [];
  const open = rooms.filter(({ closed_on: closed }) => closed === null);
  const [wrong, setWrong] = useState<{ room?: string; until?: string }>({});
  const next = (event: Event): void => {
    event.preventDefault();
    const found = {
      ...(open.length && !draft.room.trim() ? { room: t.add.needRoom } : {}),
      ...(draft.until && nightsUntil(draft.arrivedAt, draft.until) < 1 ? { until: t.add.needLeave } : {}),
    };
    setWrong(found);
    if (!Object.keys(found).length) to("review");
  };
  return (
    <form class="stack" onSubmit={next} noValidate>
      <h1>{t.add.where}</h1>
      {draft.name && <p class="q">{draft.name}</p>}
      <Field id="room" label={t.add.room} error={wrong.room}>
        {open.length > 0 && open.length <= 24 && (
          <div class="picks rooms-of">
            {open.map(({ id, name }) => (
              <button
                type="button"
                key={id}
                class={name === draft.room ? "chip on" : "chip"}
                aria-pressed={name === draft.room}
                onClick={() => change({ room: name })}
              >
                {name}
              </button>
            ))}
          </div>
        )}
        <input
          id="room"
          value={draft.room}
          autocomplete="off"
          maxLength={50}
          onInput={(e) => change({ room: e.currentTarget.value })}
        />
      </Field>
      <Nights draft={draft} change={change} error={wrong.until} />
      <Arrived draft={draft} change={change} />
      <button class="btn tall">{t.next}</button>
    </form>
  );
}

function Arrived({ draft, change }: Pick<StepOptions, "draft" | "change">) {
  const { t } = shared;
  const [open, setOpen] = useState(false);
  if (open) {
    return (
      <Field id="arrived" label={t.add.arrived}>
        <input
          id="arrived"
          type="datetime-local"
          value={instant(draft.arrivedAt).slice(0, 16)}
          onChange={(e) => {
            const at = Date.parse(`${e.currentTarget.value}:00+07:00`);
            if (!Number.isNaN(at)) change({ arrivedAt: at });
          }}
        />
      </Field>
    );
  }
  return (
    <p class="line">
      <span class="push">
        {t.add.arrived} <span class="num">{clock(draft.arrivedAt)}</span> {shortDay(draft.arrivedAt)}
      </span>
      <button type="button" class="btn text" onClick={() => setOpen(true)}>
        {t.add.change}
      </button>
    </p>
  );
}

function Nights({
  draft,
  change,
  error,
}: Pick<StepOptions, "draft" | "change"> & { error: string | undefined }) {
  const { t } = shared;
  if (draft.until) {
    return (
      <Field id="until" label={t.add.leaves} error={error}>
        <input
          id="until"
          type="date"
          min={tomorrow()}
          value={draft.until}
          onInput={(e) => change({ until: e.currentTarget.value })}
        />
      </Field>
    );
  }
  const { nights } = draft;
  return (
    <div class="field" role="group" aria-label={t.add.nights}>
      <b>{t.add.nights}</b>
      <div class="stepper">
        <button
          type="button"
          aria-label={t.add.fewer}
          disabled={nights <= 1}
          onClick={() => change({ nights: nights - 1 })}
        >
          −
        </button>
        <output role="status">{t.add.nightsSaid(nights, shortDay(draft.arrivedAt + nights * DAY_MS))}</output>
        <button
          type="button"
          aria-label={t.add.moreNights}
          disabled={nights >= MOST_NIGHTS}
          onClick={() => change({ nights: nights + 1 })}
        >
          +
        </button>
      </div>
      <button type="button" class="btn text" onClick={() => change({ until: tomorrow() })}>
        {t.add.longer}
      </button>
    </div>
  );
}

export const leavesOn = (draft: { until: string; arrivedAt: number; nights: number }): string =>
  draft.until ? longDay(`${draft.until}T12:00:00+07:00`) : shortDay(draft.arrivedAt + draft.nights * DAY_MS);

/** The last look, with the way back to every line. */
import { useState } from "preact/hooks";

import type { Facility } from "../../core/types";
import { shared } from "../../parts/app-state";
import { textOf } from "../../parts/attempts";
import { clock, nightsUntil, readBirth, shortDay, showBirth } from "../../parts/dates";
import { Export } from "../../parts/frame";
import { grouped } from "../../parts/personal-number";
import type { StepOptions } from "./add";
import { type Step, declarationOf, guestOf, nameOf, yearOf } from "./draft";
import { leavesOn } from "./where-step";

interface ReviewOptions extends StepOptions {
  place: Facility;
  onSend: () => Promise<void>;
  onAnother: () => void;
  /** Makes the guest of that place the one who is looked at. */
  onMember: (index: number) => void;
}

export function ReviewStep({ draft, to, place, onSend, onAnother, onMember }: ReviewOptions) {
  const { t } = shared;
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState("");
  const send = async (): Promise<void> => {
    setBusy(true);
    setWrong("");
    try {
      await onSend();
    } catch (failure) {
      const said = textOf(failure);
      if (said === undefined) throw failure;
      setWrong(said);
    } finally {
      setBusy(false);
    }
  };
  const birth = showBirth(readBirth(draft.birth, yearOf(draft)));
  const nights = draft.until ? nightsUntil(draft.arrivedAt, draft.until) : draft.nights;
  const people = draft.party.length + 1;
  return (
    <>
      <h1>{t.add.review}</h1>
      {wrong && (
        <div class="errs" role="alert">
          <p>{wrong}</p>
          <Export draft={declarationOf(draft, [...draft.party, guestOf(draft)])} />
        </div>
      )}
      <section class="panel">
        <dl class="kv short">
          {draft.party.map((guest, index) => (
            <Line
              key={index}
              label={String(index + 1)}
              value={nameOf(guest)}
              to={() => onMember(index)}
            />
          ))}
          <Line label={t.add.nameShort} value={draft.name} to={() => to(draft.cardQr ? "number" : "who")} />
          <Line
            label={draft.paper === 9 ? draft.paperName : draft.paper === 1 ? t.add.cardShort : t.papers[draft.paper as 2]}
            value={draft.paper === 1 ? grouped(draft.number) : draft.number}
            to={() => to(draft.paper === 1 ? "number" : "paper")}
          />
          {birth && <Line label={t.add.birthLine} value={birth} to={() => to("who")} />}
          <Line label={t.add.room} value={draft.room || "–"} to={() => to("where")} />
          <Line label={t.add.stays} value={t.add.nightsSaid(nights, leavesOn(draft))} to={() => to("where")} />
          <Line
            label={t.add.arrived}
            value={`${clock(draft.arrivedAt)} ${shortDay(draft.arrivedAt)}`}
            to={() => to("where")}
          />
        </dl>
      </section>
      <p class="s q">{t.add.to(place.ward_name)}</p>
      <button type="button" class="btn tall" disabled={busy} onClick={() => void send()}>
        {people > 1 ? t.add.sendPeople(people) : t.add.send}
      </button>
      <button type="button" class="btn two tall" onClick={onAnother}>
        {t.add.another}
      </button>
    </>
  );
}

function Line({ label, value, to }: { label: string; value: string; to: () => void }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>
        <b>{value}</b>
      </dd>
      <dd class="do">
        <button type="button" class="btn text" onClick={to}>
          {shared.t.fix}
          <span class="vh"> {label}</span>
        </button>
      </dd>
    </div>
  );
}

export type { Step };

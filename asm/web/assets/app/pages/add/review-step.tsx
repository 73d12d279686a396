/** The last look, with the way back to every line. */
import { useState } from "preact/hooks";

import { type Facility, NoKey, StorageFull } from "../../core/types";
import { shared } from "../../parts/app-state";
import { clock, nightsUntil, readBirth, shortDay, showBirth } from "../../parts/dates";
import { Export } from "../../parts/frame";
import { grouped } from "../../parts/personal-number";
import type { StepOptions } from "./add";
import { type Step, declarationOf, guestOf, yearOf } from "./draft";
import { leavesOn } from "./where-step";

interface ReviewOptions extends StepOptions {
  place: Facility;
  onSend: () => Promise<void>;
  onAnother: () => void;
}

export function ReviewStep({ draft, to, place, onSend, onAnother }: ReviewOptions) {
  const { t } = shared;
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState("");
  const send = async (): Promise<void> => {
    setBusy(true);
    setWrong("");
    try {
      await onSend();
    } catch (failure) {
      if (failure instanceof StorageFull) setWrong(t.net.full);
      else if (failure instanceof NoKey) setWrong(t.signIn.again);
      else throw failure;
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
          {draft.party.length > 0 && (
            <div>
              <dt>{t.add.with(draft.party.length)}</dt>
              <dd>{draft.party.map((guest) => guest.full_name || (guest.card_qr ?? "").split("|")[2]).join(", ")}</dd>
            </div>
          )}
          <Line label={t.add.nameShort} value={draft.name} to={() => to(draft.cardQr ? "number" : "who")} />
          <Line
            label={draft.paper === 9 ? draft.paperName : draft.paper === 1 ? t.add.cardShort : t.papers[draft.paper as 2]}
            value={draft.paper === 1 ? grouped(draft.number) : draft.number}
            to={() => to(draft.paper === 1 ? "number" : "paper")}
          />
          {birth && <Line label={t.add.birthLine} value={birth} to={() => to("who")} />}
          <Line label={t.add.room} value={draft.room || "–"} to={() => to("where")} />
          <Line label={t.add.stays} value={t.add.nightsSaid(nights, leavesOn(draft))} to={() => to("where")} />
          <div>
            <dt>{t.add.arrived}</dt>
            <dd>
              <span class="num">{clock(draft.arrivedAt)}</span> {shortDay(draft.arrivedAt)}
            </dd>
          </div>
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

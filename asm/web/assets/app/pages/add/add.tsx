/** One guest after another: card or number, name, room, and a last look. */
import { useEffect } from "preact/hooks";

import { house, shared } from "../../parts/app-state";
import { Page } from "../../parts/frame";
import { go, here } from "../../parts/router";
import { type Draft, type Step, again, declarationOf, draftOf, guestOf, nextGuest, useDraft } from "./draft";
import { NumberStep } from "./number-step";
import { PaperStep } from "./paper-step";
import { ReviewStep } from "./review-step";
import { WhereStep } from "./where-step";
import { WhoStep } from "./who-step";

export interface StepOptions {
  draft: Draft;
  change: (more: Partial<Draft>) => void;
  to: (step: Step, more?: Partial<Draft>) => void;
}

const ORDER: Step[] = ["number", "who", "where", "review"];

/** What another page hands over: a guest again, a visitor's room, a record to be corrected. */
let handed: Partial<Draft> = {};
export async function startWith(more: Partial<Draft>): Promise<void> {
  const id = draftOf(house()?.id ?? "");
  const kept = await shared.app.draft.load<Draft>(id);
  const typed = kept && (kept.name || kept.number || kept.party.length);
  if (typed && !confirm(shared.t.add.dropOther)) return;
  handed = more;
  await shared.app.draft.clear(id);
  go("/add");
}

export function Add() {
  const { app, t } = shared;
  const place = house();
  const id = draftOf(place?.id ?? "");
  const [draft, change, drop] = useDraft(id, () => {
    const given = handed;
    handed = {};
    return given;
  });
  useEffect(() => {
    const look = (): void => {
      const step = new URLSearchParams(location.search).get("step") as Step | null;
      if (here() === "/add") change({ step: step ?? "number" });
    };
    addEventListener("popstate", look);
    return () => removeEventListener("popstate", look);
  }, []);
  if (!draft || !place) return <p class="empty">{t.loading}</p>;

  const to = (step: Step, more: Partial<Draft> = {}): void => {
    history.pushState(null, "", `/app/add?step=${step}`);
    change({ ...more, step });
  };
  const send = async (): Promise<void> => {
    const deed = { deed: "declare" as const, body: declarationOf(draft, [...draft.party, guestOf(draft)]) };
    const record = draft.amends
      ? await app.amendUnsent(draft.amends, deed)
      : await app.save(place.id, deed, id);
    drop();
    go(`/record/${record.key}`, { replace: true });
  };
  const options = { draft, change, to };
  const step = ORDER.indexOf(draft.step === "paper" ? "number" : draft.step) + 1;
  return (
    <Page title={t.add.title} key={draft.step + draft.party.length}>
      <p class="q s">
        {t.add.step(step, ORDER.length)}
        {draft.party.length > 0 && ` · ${t.add.with(draft.party.length)}`}
      </p>
      {draft.step === "number" && <NumberStep {...options} />}
      {draft.step === "paper" && <PaperStep {...options} />}
      {draft.step === "who" && <WhoStep {...options} />}
      {draft.step === "where" && <WhereStep {...options} place={place} />}
      {draft.step === "review" && (
        <ReviewStep
          {...options}
          place={place}
          onSend={send}
          onAnother={() => to("number", nextGuest(draft))}
          onMember={(index) => {
            const others = draft.party.filter((_, at) => at !== index);
            change({ ...again(draft.party[index] ?? {}), party: [...others, guestOf(draft)] });
          }}
        />
      )}
      <p>
        <button
          type="button"
          class="btn text"
          onClick={() => {
            drop();
            go("/", { replace: true });
          }}
        >
          {t.add.cancel}
        </button>
      </p>
    </Page>
  );
}

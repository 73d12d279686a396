/** A paper that is no identity card: which, its number, and whose country's. */
import { useState } from "preact/hooks";

import { shared } from "../../parts/app-state";
import { Field, Picks } from "../../parts/field";
import type { StepOptions } from "./add";
import { countries } from "./countries";

const ORDER = [4, 2, 3, 5, 9] as const;

export function PaperStep({ draft, change, to }: StepOptions) {
  const { t } = shared;
  const [wrong, setWrong] = useState<{ number?: string; name?: string }>({});
  const next = (event: Event): void => {
    event.preventDefault();
    const found = {
      ...(draft.number.trim() ? {} : { number: t.add.needNumber }),
      ...(draft.paper === 9 && !draft.paperName.trim() ? { name: t.add.needPaperName } : {}),
    };
    setWrong(found);
    if (!Object.keys(found).length) to("who", { base: {}, number: draft.number.trim().toUpperCase(), cardQr: "" });
  };
  return (
    <form class="stack" onSubmit={next} noValidate>
      <h1>{t.add.paper}</h1>
      <Picks
        legend={t.add.otherPaper}
        name="paper"
        of={ORDER.map((code) => [code, t.papers[code]])}
        value={draft.paper}
        onPick={(paper) => change({ paper })}
      />
      {draft.paper === 9 && (
        <Field id="paper-name" label={t.add.paperName} error={wrong.name}>
          <input id="paper-name" value={draft.paperName} onInput={(e) => change({ paperName: e.currentTarget.value })} />
        </Field>
      )}
      <Field id="number" label={t.add.paperNumber} error={wrong.number}>
        <input
          id="number"
          value={draft.number}
          autocomplete="off"
          autocapitalize="characters"
          spellcheck={false}
          onInput={(e) => change({ number: e.currentTarget.value })}
        />
      </Field>
      <Field id="nationality" label={t.add.nationality}>
        <select
          id="nationality"
          value={draft.nationality}
          onChange={(e) => change({ nationality: e.currentTarget.value })}
        >
          {countries(shared.language).map(([code, name]) => (
            <option value={code} key={code}>
              {name}
            </option>
          ))}
        </select>
      </Field>
      <button class="btn tall">{t.next}</button>
      <button type="button" class="btn text" onClick={() => to("number", { number: "", paper: 1 })}>
        {t.add.cardNumber}
      </button>
    </form>
  );
}

/** Name, day of birth, sex; what the number says already is not asked for. */
import { useState } from "preact/hooks";

import { shared } from "../../parts/app-state";
import { readBirth } from "../../parts/dates";
import { Field, Picks } from "../../parts/field";
import type { StepOptions } from "./add";
import { yearOf } from "./draft";

/** Preact takes `off` for true: a name must stay as it was typed. */
const asWritten = (field: HTMLElement | null): void => field?.setAttribute("autocorrect", "off");

export function WhoStep({ draft, change, to }: StepOptions) {
  const { t } = shared;
  const year = yearOf(draft);
  const [wrong, setWrong] = useState<{ name?: string; birth?: string }>({});
  const next = (event: Event): void => {
    event.preventDefault();
    const found = {
      ...(draft.name.trim() ? {} : { name: t.add.needName }),
      ...(readBirth(draft.birth, year) ? {} : { birth: t.add.needBirth }),
    };
    setWrong(found);
    if (!Object.keys(found).length) to("where");
    else document.getElementById(found.name ? "name" : "birth")?.focus();
  };
  return (
    <form class="stack" onSubmit={next} noValidate>
      <h1>{t.add.who}</h1>
      <Field id="name" label={t.add.name} error={wrong.name}>
        <input
          id="name"
          autofocus
          value={draft.name}
          autocomplete="off"
          autocapitalize="words"
          ref={asWritten}
          spellcheck={false}
          enterkeyhint="next"
          onInput={(e) => change({ name: e.currentTarget.value })}
          onKeyDown={(e) => {
            if (e.key !== "Enter") return;
            e.preventDefault();
            document.getElementById("birth")?.focus();
          }}
        />
      </Field>
      <Field id="birth" label={t.add.birth} hint={year ? t.add.birthShort(year) : t.add.birthHint} error={wrong.birth}>
        <input
          id="birth"
          value={draft.birth}
          autocomplete="off"
          inputMode="decimal"
          aria-describedby="birth-hint"
          enterkeyhint="next"
          onInput={(e) => change({ birth: e.currentTarget.value })}
        />
      </Field>
      <Picks
        legend={t.add.sex}
        name="sex"
        of={[
          ["female", t.add.female],
          ["male", t.add.male],
          ["other", t.add.other],
        ]}
        value={draft.sex}
        onPick={(sex) => change({ sex })}
      />
      <button class="btn tall">{t.next}</button>
    </form>
  );
}

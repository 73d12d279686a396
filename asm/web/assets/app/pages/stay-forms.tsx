/** What is typed of a guest who is there: another room, a reason, a correction. */
import { useState } from "preact/hooks";

import type { Guest, StayView } from "../core/types";
import { shared } from "../parts/app-state";
import { readBirth, showBirth } from "../parts/dates";
import { Field } from "../parts/field";

interface AmendmentOptions {
  stay: StayView;
  onSend: (guest: Partial<Guest>) => void;
}

/** Only what was changed is sent: the rest stays as it is. */
export function Amendment({ stay: { guest }, onSend }: AmendmentOptions) {
  const { t } = shared;
  const [name, setName] = useState(guest.full_name);
  const [number, setNumber] = useState(guest.document_number ?? "");
  const [birth, setBirth] = useState(showBirth(guest.birth_date));
  const [wrong, setWrong] = useState("");
  const send = (event: Event): void => {
    event.preventDefault();
    const born = readBirth(birth);
    if (birth && !born) return setWrong(t.add.needBirth);
    const changed: Partial<Guest> = {
      ...(name.trim() && name.trim() !== guest.full_name ? { full_name: name.trim() } : {}),
      ...(number.trim() !== (guest.document_number ?? "") ? { document_number: number.trim() || null } : {}),
      ...(born && born !== guest.birth_date ? { birth_date: born } : {}),
    };
    if (Object.keys(changed).length) onSend(changed);
  };
  return (
    <form class="stack" onSubmit={send} noValidate>
      <Field id="name" label={t.add.name}>
        <input id="name" autocomplete="off" value={name} onInput={(e) => setName(e.currentTarget.value)} />
      </Field>
      <Field id="number" label={t.stay.number}>
        <input id="number" autocomplete="off" value={number} onInput={(e) => setNumber(e.currentTarget.value)} />
      </Field>
      <Field id="birth" label={t.add.birth} error={wrong}>
        <input
          id="birth"
          autocomplete="off"
          inputMode="decimal"
          value={birth}
          onInput={(e) => setBirth(e.currentTarget.value)}
        />
      </Field>
      <button class="btn tall">{t.save}</button>
    </form>
  );
}

const focusOnce = (field: HTMLElement | null): void => field?.focus();

export function OneLine({ label, button, onSend }: { label: string; button: string; onSend: (text: string) => void }) {
  const [text, setText] = useState("");
  const send = (event: Event): void => {
    event.preventDefault();
    if (text.trim()) onSend(text.trim());
  };
  return (
    <form class="stack" onSubmit={send}>
      <Field id="line" label={label}>
        <input
          id="line"
          ref={focusOnce}
          autocomplete="off"
          value={text}
          onInput={(e) => setText(e.currentTarget.value)}
        />
      </Field>
      <button class="btn tall" disabled={!text.trim()}>
        {button}
      </button>
    </form>
  );
}

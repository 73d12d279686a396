/** One guest: longer, leaving, another room; each in two taps, and back in one. */
import { useState } from "preact/hooks";

import type { Deed, Guest, OutboxRecord, StayView } from "../core/types";
import { house, shared, useRead } from "../parts/app-state";
import { attempt } from "../parts/attempts";
import { clock, instant, leavingAt, longDay, readBirth, shortDay, showBirth } from "../parts/dates";
import { Field } from "../parts/field";
import { Page, Said, link } from "../parts/frame";
import { changeOf, isHere } from "../parts/rows";
import { RecordMark } from "../parts/state-mark";
import { startWith } from "./add/add";
import { again } from "./add/draft";

type Choice = "" | "extend" | "depart" | "move" | "amend" | "void";

export function StayPage({ id }: { id: string }) {
  const { app, t } = shared;
  const place = house();
  const read = useRead(async () => {
    if (!place) return undefined;
    const [stays, records] = await Promise.all([app.stays(place.id), app.records(place.id)]);
    return { stay: stays.find((each) => each.id === id), records };
  }, id, place?.id);
  const stay = read?.stay;
  if (!place || !stay) return <Page title={t.stay.title}>{read && <p class="empty">{t.missing}</p>}</Page>;
  return (
    <Page title={t.stay.title}>
      <h1>{stay.guest.full_name}</h1>
      {stay.voided_at && <p class="msg bad">{t.stay.voided}</p>}
      <Facts stay={stay} />
      <Deeds stay={stay} placeId={place.id} waiting={changeOf(read.records, stay)} />
      <a class="btn two tall" href={`/app/receipt/${id}`} onClick={link(`/receipt/${id}`)}>
        {t.stay.receipt}
      </a>
    </Page>
  );
}

function Facts({ stay }: { stay: StayView }) {
  const { t } = shared;
  const moment = (time: string): string => `${clock(time)}, ${longDay(time)}`;
  const lines: [string, string][] = [
    [t.add.room, stay.room ?? "–"],
    [t.stay.number, stay.guest.document_number ?? "–"],
    [t.stay.came, moment(stay.arrived_at)],
    stay.departed_at
      ? [t.stay.left, moment(stay.departed_at)]
      : [t.stay.leaves, stay.planned_departure_at ? longDay(stay.planned_departure_at) : t.stay.noEnd],
    [t.stay.received, moment(stay.received_at)],
  ];
  return (
    <section class="panel">
      <dl class="kv">
        {lines.map(([label, value]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd class="num">{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

interface DeedsOptions {
  stay: StayView;
  placeId: string;
  waiting: OutboxRecord | undefined;
}

function Deeds({ stay, placeId, waiting }: DeedsOptions) {
  const { app, t } = shared;
  const [choice, setChoice] = useState<Choice>("");
  const [done, setDone] = useState<{ said: string; key: string; back?: Deed }>();
  // What the person saw; who changes it twice without signal has seen their own first change.
  const of = waiting ? { stay: { id: stay.id } } : { stay: { id: stay.id }, version: stay.version };
  const anyhow = { stay: { id: stay.id } };
  const save = async (deed: Deed, said: string, back?: Deed): Promise<void> => {
    let key = "";
    const done = await attempt(async () => (key = (await app.save(placeId, deed)).key));
    if (!done) return;
    setChoice("");
    setDone(back ? { said, key, back } : { said, key });
  };
  const undo = async (): Promise<void> => {
    if (!done) return;
    const record = (await app.records(placeId)).find(({ key }) => key === done.key);
    const { key, back } = done;
    const taken = await attempt(async () => {
      if (record && record.state === "waiting" && !record.frozen) await app.removeUnsent(key);
      else if (back) await app.save(placeId, back);
    });
    if (taken) setDone(undefined);
  };
  const name = stay.guest.full_name;
  const takeBack: Deed = { deed: "undo_departure", ...anyhow, body: {} };
  if (!isHere(stay, Date.now())) {
    return (
      <>
        {done && <Said>{done.said}</Said>}
        {stay.departed_at && !done && (
          <button type="button" class="btn two tall" onClick={() => void save(takeBack, t.stay.saved)}>
            {t.deeds.undo_departure}
          </button>
        )}
        <button type="button" class="btn two tall" onClick={() => void startWith({ ...again(stay.guest), step: "where" })}>
          {t.stay.again}
        </button>
      </>
    );
  }
  const from = stay.planned_departure_at ? Date.parse(stay.planned_departure_at) : Date.now();
  const longer = (nights: number): void => {
    const until = leavingAt(from, nights);
    const before = stay.planned_departure_at;
    const back: Deed | undefined = before
      ? { deed: "extend", ...anyhow, body: { planned_departure_at: before } }
      : undefined;
    void save({ deed: "extend", ...of, body: { planned_departure_at: until } }, t.stay.extended(name, shortDay(until)), back);
  };
  const leave: Deed = { deed: "depart", ...anyhow, body: { departed_at: instant(Date.now()) } };
  return (
    <>
      {done && <Said onUndo={done.back ? () => void undo() : undefined}>{done.said}</Said>}
      {waiting && (
        <a class="line" href={`/app/record/${waiting.key}`} onClick={link(`/record/${waiting.key}`)}>
          {t.deeds[waiting.deed.deed]} <RecordMark record={waiting} />
        </a>
      )}
      {choice === "" && <Choices onPick={setChoice} stay={stay} />}
      {choice === "extend" && (
        <div class="stack">
          {[1, 2, 7].map((nights) => (
            <button type="button" class="btn tall" key={nights} onClick={() => longer(nights)}>
              {t.stay.extendNights(nights)} · {shortDay(leavingAt(from, nights))}
            </button>
          ))}
        </div>
      )}
      {choice === "depart" && (
        <button type="button" class="btn tall" onClick={() => void save(leave, t.stay.departed(name), takeBack)}>
          {t.stay.departNow}
        </button>
      )}
      {(choice === "move" || choice === "void") && (
        <OneLine
          key={choice}
          label={choice === "move" ? t.add.room : t.stay.voidWhy}
          button={choice === "move" ? t.stay.move : t.stay.void}
          onSend={(text) =>
            void save(
              choice === "move"
                ? { deed: "move", ...of, body: { room: text } }
                : { deed: "void", ...of, body: { reason: text } },
              t.stay.saved,
            )
          }
        />
      )}
      {choice === "amend" && (
        <Amendment
          stay={stay}
          onSend={(guest) => void save({ deed: "amend", ...of, body: { guest } }, t.stay.saved)}
        />
      )}
      {choice !== "" && (
        <button type="button" class="btn text" onClick={() => setChoice("")}>
          {t.back}
        </button>
      )}
    </>
  );
}

function Choices({ onPick, stay }: { onPick: (choice: Choice) => void; stay: StayView }) {
  const { t } = shared;
  return (
    <div class="stack">
      <button type="button" class="btn tall" onClick={() => onPick("extend")}>
        {t.stay.extend}
      </button>
      <button type="button" class="btn two tall" onClick={() => onPick("depart")}>
        {t.stay.depart}
      </button>
      <div class="line spread">
        <button type="button" class="btn two" onClick={() => onPick("move")}>
          {t.stay.move}
        </button>
        <button type="button" class="btn two" onClick={() => onPick("amend")}>
          {t.stay.amend}
        </button>
        <button type="button" class="btn two" onClick={() => void startWith({ room: stay.room ?? "" })}>
          {t.stay.visitor}
        </button>
        <button type="button" class="btn bad" onClick={() => onPick("void")}>
          {t.stay.void}
        </button>
      </div>
    </div>
  );
}

interface AmendmentOptions {
  stay: StayView;
  onSend: (guest: Partial<Guest>) => void;
}

/** Only what was changed is sent: the rest stays as it is. */
function Amendment({ stay: { guest }, onSend }: AmendmentOptions) {
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

function OneLine({ label, button, onSend }: { label: string; button: string; onSend: (text: string) => void }) {
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

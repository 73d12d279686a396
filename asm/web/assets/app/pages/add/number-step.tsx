/** The card's code by camera, or its twelve digits on keys that are large enough for a thumb. */
import { useState } from "preact/hooks";

import { house, shared, useRead } from "../../parts/app-state";
import { Icon } from "../../parts/icons";
import { lazy } from "../../parts/lazy";
import { grouped, readNumber } from "../../parts/personal-number";
import type { StepOptions } from "./add";
import { type Draft, again } from "./draft";

const Camera = lazy<{ onRead: (text: string) => void; onClose: () => void }>(() =>
  import("./camera").then((part) => part.Camera),
);
const LENGTH = 12;

export function NumberStep({ draft, change, to }: StepOptions) {
  const { t } = shared;
  const [camera, setCamera] = useState(false);
  const number = draft.paper === 1 ? draft.number : "";
  const press = (digit: string): void => {
    if (number.length < LENGTH) change({ number: number + digit, paper: 1, cardQr: "" });
  };
  const onKeys = (event: KeyboardEvent): void => {
    if (/^\d$/.test(event.key)) press(event.key);
    else if (event.key === "Backspace") change({ number: number.slice(0, -1) });
    else if (event.key === "Enter" && number.length === LENGTH) next();
    else return;
    event.preventDefault();
  };
  const next = (): void => {
    const says = readNumber(number);
    to("who", { base: {}, number, paper: 1, ...(draft.sex ? {} : { sex: says?.sex ?? null }) });
  };
  if (camera) {
    const read = (cardQr: string): void => {
      const [card = "", , name = ""] = cardQr.split("|");
      to("where", { base: {}, cardQr, number: card, name, paper: 1 });
    };
    return <Camera onRead={read} onClose={() => setCamera(false)} />;
  }
  return (
    <>
      <h1>{t.add.card}</h1>
      <button type="button" class="btn tall" onClick={() => setCamera(true)}>
        <Icon name="camera" /> {t.add.scan}
      </button>
      <div class="panel stack">
        <p class="line">
          <b class="push" id="digits">
            {t.add.type}
          </b>
          <button type="button" class="btn text" onClick={() => to("paper", { number: "", paper: 4 })}>
            {t.add.otherPaper}
          </button>
        </p>
        <Digits number={number} />
      </div>
      <div class="keys" role="group" aria-labelledby="digits" onKeyDown={onKeys}>
        {["1", "2", "3", "4", "5", "6", "7", "8", "9"].map((digit) => (
          <Key key={digit} label={digit} onPress={() => press(digit)} />
        ))}
        <Key label={t.add.clear} small onPress={() => change({ number: "" })} />
        <Key label="0" onPress={() => press("0")} />
        <button type="button" aria-label={t.add.clearOne} onClick={() => change({ number: number.slice(0, -1) })}>
          <Icon name="erase" />
        </button>
      </div>
      <button type="button" class="btn tall" disabled={number.length < LENGTH} onClick={next}>
        {number.length < LENGTH ? t.add.missing(LENGTH - number.length) : t.next}
      </button>
      {number === "" && draft.party.length === 0 && <LastGuests onPick={(more) => to("where", more)} />}
    </>
  );
}

function Key({ label, small = false, onPress }: { label: string; small?: boolean; onPress: () => void }) {
  return (
    <button type="button" class={small ? "small" : ""} onClick={onPress}>
      {label}
    </button>
  );
}

function Digits({ number }: { number: string }) {
  const { t } = shared;
  const says = readNumber(number);
  const rest = "–".repeat(LENGTH - number.length);
  return (
    <>
      <output class="card-no" aria-labelledby="digits">
        {grouped(number)}
        <span class="q">{number.length === 6 ? ` ${rest}` : rest}</span>
      </output>
      <p class="s q says" role="status">
        {says && t.add.says(t.add[says.sex], says.year, says.place ?? "")}
        {says && !says.place && ` ${t.add.strange}`}
      </p>
    </>
  );
}

function LastGuests({ onPick }: { onPick: (more: Partial<Draft>) => void }) {
  const { app, t } = shared;
  const place = house();
  const guests = useRead(() => (place ? app.lastGuests(place.id) : Promise.resolve([])), place?.id);
  if (!guests?.length) return null;
  return (
    <section class="panel flush">
      <h2 class="pad">{t.add.same}</h2>
      <ul class="rooms">
        {guests.slice(0, 4).map((guest, index) => (
          <li key={index}>
            <button type="button" onClick={() => onPick(again(guest))}>
              <span>{guest.full_name}</span>
              <span class="q num">{(guest.document_number ?? "").slice(-4)}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

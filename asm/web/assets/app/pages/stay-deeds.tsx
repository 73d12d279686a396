/** What can be done about a guest: two taps, and one to take it back. */
import { useState } from "preact/hooks";

import type { Deed, OutboxRecord, StayView } from "../core/types";
import { shared } from "../parts/app-state";
import { attempt } from "../parts/attempts";
import { instant, leavingAt, shortDay } from "../parts/dates";
import { Said, link } from "../parts/frame";
import { isHere } from "../parts/rows";
import { RecordMark } from "../parts/state-mark";
import { startWith } from "./add/add";
import { again } from "./add/draft";
import { Amendment, OneLine } from "./stay-forms";

type Choice = "" | "extend" | "depart" | "move" | "amend" | "void";
const NIGHTS = [1, 2, 7];

interface DeedsOptions {
  stay: StayView;
  placeId: string;
  /** A change of it that the police do not have yet. */
  waiting: OutboxRecord | undefined;
}

interface Done {
  said: string;
  key: string;
  back?: Deed | undefined;
}
type Save = (deed: Deed, said: string, back?: Deed) => void;

export function Deeds({ stay, placeId, waiting }: DeedsOptions) {
  const { t } = shared;
  const [choice, setChoice] = useState<Choice>("");
  const [done, save, undo] = useDeeds(placeId, () => setChoice(""));
  return (
    <>
      {done && <Said onUndo={done.back ? undo : undefined}>{done.said}</Said>}
      {waiting && (
        <a class="line" href={`/app/record/${waiting.key}`} onClick={link(`/record/${waiting.key}`)}>
          {t.deeds[waiting.deed.deed]} <RecordMark record={waiting} />
        </a>
      )}
      {!isHere(stay, Date.now()) ? (
        <Gone stay={stay} undone={done !== undefined} save={save} />
      ) : choice === "" ? (
        <Choices onPick={setChoice} stay={stay} />
      ) : (
        <>
          <Chosen choice={choice} stay={stay} again={waiting !== undefined} save={save} />
          <button type="button" class="btn text" onClick={() => setChoice("")}>
            {t.back}
          </button>
        </>
      )}
    </>
  );
}

/** What was done last, how more is done, and how that is taken back. */
function useDeeds(placeId: string, onDone: () => void): [Done | undefined, Save, () => void] {
  const { app } = shared;
  const [done, setDone] = useState<Done>();
  const save = async (deed: Deed, said: string, back?: Deed): Promise<void> => {
    let key = "";
    if (!(await attempt(async () => (key = (await app.save(placeId, deed)).key)))) return;
    onDone();
    setDone({ said, key, back });
  };
  const undo = async (): Promise<void> => {
    if (!done) return;
    const { key, back } = done;
    const taken = await attempt(async () => {
      const record = (await app.records(placeId)).find((each) => each.key === key);
      if (record && record.state === "waiting" && !record.frozen) await app.removeUnsent(key);
      else if (back) await app.save(placeId, back);
    });
    if (taken) setDone(undefined);
  };
  return [done, (...given) => void save(...given), () => void undo()];
}

const undoDeparture = (stay: StayView): Deed => ({ deed: "undo_departure", stay: { id: stay.id }, body: {} });

function Gone({ stay, undone, save }: { stay: StayView; undone: boolean; save: Save }) {
  const { t } = shared;
  return (
    <>
      {stay.departed_at && !undone && (
        <button type="button" class="btn two tall" onClick={() => save(undoDeparture(stay), t.stay.saved)}>
          {t.deeds.undo_departure}
        </button>
      )}
      <button
        type="button"
        class="btn two tall"
        onClick={() => void startWith({ ...again(stay.guest), step: "where" })}
      >
        {t.stay.again}
      </button>
    </>
  );
}

interface ChosenOptions {
  choice: Choice;
  stay: StayView;
  /** Changed here already, and not sent. */
  again: boolean;
  save: Save;
}

function Chosen({ choice, stay, again: changedHere, save }: ChosenOptions) {
  const { t } = shared;
  // What the person saw; who changes it twice without signal has seen their own first change.
  const of = changedHere ? { stay: { id: stay.id } } : { stay: { id: stay.id }, version: stay.version };
  switch (choice) {
    case "extend":
      return <Longer stay={stay} of={of} save={save} />;
    case "depart": {
      const body = { departed_at: instant(Date.now()) };
      const leave: Deed = { deed: "depart", stay: { id: stay.id }, body };
      const said = t.stay.departed(stay.guest.full_name);
      return (
        <button type="button" class="btn tall" onClick={() => save(leave, said, undoDeparture(stay))}>
          {t.stay.departNow}
        </button>
      );
    }
    case "amend":
      return (
        <Amendment stay={stay} onSend={(guest) => save({ deed: "amend", ...of, body: { guest } }, t.stay.saved)} />
      );
    case "move": {
      const move = (room: string): void => save({ deed: "move", ...of, body: { room } }, t.stay.saved);
      return <OneLine key="move" label={t.add.room} button={t.stay.move} onSend={move} />;
    }
    default: {
      const withdraw = (reason: string): void => save({ deed: "void", ...of, body: { reason } }, t.stay.saved);
      return <OneLine key="void" label={t.stay.voidWhy} button={t.stay.void} onSend={withdraw} />;
    }
  }
}

function Longer({ stay, of, save }: { stay: StayView; of: { stay: { id: string }; version?: number }; save: Save }) {
  const { t } = shared;
  const before = stay.planned_departure_at;
  const from = before ? Date.parse(before) : Date.now();
  const extend = (nights: number): void => {
    const until = leavingAt(from, nights);
    const back: Deed | undefined = before
      ? { deed: "extend", stay: of.stay, body: { planned_departure_at: before } }
      : undefined;
    const said = t.stay.extended(stay.guest.full_name, shortDay(until));
    save({ deed: "extend", ...of, body: { planned_departure_at: until } }, said, back);
  };
  return (
    <div class="stack">
      {NIGHTS.map((nights) => (
        <button type="button" class="btn tall" key={nights} onClick={() => extend(nights)}>
          {t.stay.extendNights(nights)} · {shortDay(leavingAt(from, nights))}
        </button>
      ))}
    </div>
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

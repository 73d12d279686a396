/** One record: where it is, and what can still be done about it. */
import { useState } from "preact/hooks";

import type { Deed, OutboxRecord, StayView } from "../core/types";
import { house, shared, useRead } from "../parts/app-state";
import { attempt } from "../parts/attempts";
import { clock, shortDay } from "../parts/dates";
import { Page, Said, Tries, link } from "../parts/frame";
import { Icon } from "../parts/icons";
import { lazy } from "../parts/lazy";
import { goBack } from "../parts/router";
import { startWith } from "./add/add";
import { again, nameOf } from "./add/draft";

const ReceiptCard = lazy<{ stayId: string }>(() => import("./receipt-card").then((part) => part.ReceiptCard));

export function RecordPage({ id }: { id: string }) {
  const { app, t } = shared;
  const records = useRead(() => app.records(), id);
  const [removed, setRemoved] = useState(false);
  const record = records?.find(({ key }) => key === id);
  if (removed) {
    const undo = (): void => void attempt(() => app.undoRemove(id)).then((done) => setRemoved(!done));
    return (
      <Page title={t.record.removed}>
        <h1>{t.record.removed}</h1>
        <Said onUndo={undo}>{t.record.removed}</Said>
        <Done />
      </Page>
    );
  }
  if (!record) return <Page title={t.deeds.declare}>{records && <p class="empty">{t.missing}</p>}</Page>;
  const remove = (): void => void attempt(() => app.removeUnsent(id)).then(setRemoved);
  return (
    <Page title={t.deeds[record.deed.deed]}>
      {record.state === "received" ? <Received record={record} /> : <Unsent record={record} onRemove={remove} />}
    </Page>
  );
}

const Done = () => (
  <a class="btn tall" href="/app/" onClick={link("/")}>
    {shared.t.close}
  </a>
);

const namesOf = (deed: Deed): string[] =>
  deed.deed === "declare"
    ? deed.body.guests.map(nameOf)
    : [];

function Received({ record }: { record: OutboxRecord }) {
  const { t } = shared;
  const results = record.answer?.outcome?.results ?? [];
  const names = namesOf(record.deed);
  const taken = results.filter(({ receipt }) => receipt);
  const refused = results.filter(({ receipt }) => !receipt);
  return (
    <>
      {refused.length === 0 && (
        <p class="line good">
          <Icon name="check" />
          <b>{t.record.received}</b>
        </p>
      )}
      <h1>{names.join(", ") || t.deeds[record.deed.deed]}</h1>
      {refused.map(({ index, problems }) => (
        <div class="errs" role="alert" key={index}>
          <b>{names[index]}</b>
          {problems
            .filter(({ severity }) => severity === "refuse")
            .map((problem) => (
              <p key={problem.rule}>{shared.language === "en" ? problem.message_en : problem.message}</p>
            ))}
        </div>
      ))}
      {taken.length === 1 && taken[0]?.stay_id ? (
        <ReceiptCard stayId={taken[0].stay_id} />
      ) : (
        <ul class="rooms panel flush">
          {taken.map(({ index, stay_id: stayId, receipt }) => (
            <li key={index}>
              <a href={`/app/receipt/${stayId}`} onClick={link(`/receipt/${stayId}`)}>
                <span>
                  {names[index]}
                  <span class="q s num">{receipt?.number}</span>
                </span>
                <span class="tag ok">
                  <Icon name="check" />
                </span>
              </a>
            </li>
          ))}
        </ul>
      )}
      <Done />
    </>
  );
}

function Unsent({ record, onRemove }: { record: OutboxRecord; onRemove: () => void }) {
  const { app, t } = shared;
  const { deed, state, savedAt } = record;
  const back = state === "sent_back";
  const place = house();
  const mend = (): void => {
    if (deed.deed !== "declare") return;
    const [first = {}, ...rest] = [...deed.body.guests].reverse();
    void startWith({
      ...again(first),
      party: rest.reverse(),
      room: deed.body.room ?? "",
      until: (deed.body.planned_departure_at ?? "").slice(0, 10),
      arrivedAt: Date.parse(deed.body.arrived_at),
      amends: record.key,
      step: "review",
    });
  };
  return (
    <>
      <section class={back ? "panel stack dashed bad-edge" : "panel stack dashed"}>
        <p class="line whole">
          <Icon name={back ? "undo" : "ring"} />
          <b>{t.record[state === "sending" ? "sending" : back ? "sent_back" : "waiting"]}</b>
        </p>
        <h1>{namesOf(deed).join(", ") || t.deeds[deed.deed]}</h1>
        <p class="q">
          {t.record.savedAt(clock(savedAt))}, {shortDay(savedAt)}
        </p>
        {!back && <p>{t.waitingWhy}</p>}
        {record.amendment && <p class="q">{t.record.amended}</p>}
        <Why record={record} />
      </section>
      {back && record.problem?.code === "stay_changed" && place && <Merge record={record} placeId={place.id} />}
      {deed.deed === "declare" && (
        <button type="button" class={back ? "btn tall" : "btn two tall"} onClick={mend}>
          {t.record.mend}
        </button>
      )}
      {!back && (
        <button type="button" class="btn two tall" onClick={() => void app.syncNow()}>
          {app.net().syncing ? t.net.sending : t.retry}
        </button>
      )}
      <Done />
      {!record.frozen || back ? (
        <button type="button" class="btn bad" onClick={onRemove}>
          {t.record.remove}
        </button>
      ) : null}
      <Tries />
    </>
  );
}

function Why({ record: { problem } }: { record: OutboxRecord }) {
  const { t, language } = shared;
  if (!problem) return null;
  const errors = problem.errors ?? [];
  return (
    <div class="stack" role="alert">
      <p class="err">{language === "en" ? problem.detail_en : problem.detail}</p>
      {errors.map((error) => (
        <p key={error.pointer + error.code}>
          {language === "en" ? error.message_en : error.message}{" "}
          <span class="q">{language === "en" ? error.remedy_en : error.remedy}</span>
        </p>
      ))}
      {problem.attempt && <p class="q s">{t.record.attempt}</p>}
    </div>
  );
}

/** Somebody else changed the stay meanwhile: both, beside each other, and a choice. */
function Merge({ record, placeId }: { record: OutboxRecord; placeId: string }) {
  const { app, t } = shared;
  const { deed } = record;
  const stays = useRead(() => app.stays(placeId), placeId);
  const id = "stay" in deed && "id" in deed.stay ? deed.stay.id : "";
  const stands = stays?.find((stay) => stay.id === id);
  if (!stands || !("stay" in deed)) return null;
  const mine = (): void => void attempt(() => app.amendUnsent(record.key, { ...deed, version: stands.version } as Deed));
  const theirs = (): void => void attempt(() => app.removeUnsent(record.key)).then((done) => done && goBack());
  return (
    <section class="panel stack">
      <p>{t.record.changedMeanwhile}</p>
      <dl class="kv">
        <div>
          <dt>{t.record.theirs}</dt>
          <dd>{standing(stands)}</dd>
        </div>
        <div>
          <dt>{t.record.yours}</dt>
          <dd>
            {t.deeds[deed.deed]}
            {deed.deed === "extend" && `: ${shortDay(deed.body.planned_departure_at)}`}
            {deed.deed === "move" && `: ${deed.body.room}`}
          </dd>
        </div>
      </dl>
      <button type="button" class="btn" onClick={mine}>
        {t.record.takeYours}
      </button>
      <button type="button" class="btn two" onClick={theirs}>
        {t.record.takeTheirs}
      </button>
    </section>
  );
}

function standing(stay: StayView): string {
  const { t } = shared;
  if (stay.voided_at) return t.stay.voided;
  if (stay.departed_at) return `${t.stay.left} ${shortDay(stay.departed_at)}`;
  const leaves = stay.planned_departure_at;
  return `${t.add.room} ${stay.room ?? "–"}, ${leaves ? t.tonight.until(shortDay(leaves)) : t.stay.noEnd}`;
}

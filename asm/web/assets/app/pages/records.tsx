/** What the police do not have yet, and what this person's key does not open. */
import { shared, useRead } from "../parts/app-state";
import { clock, shortDay } from "../parts/dates";
import { Export, Page, link } from "../parts/frame";
import { RecordMark } from "../parts/state-mark";

export function Records() {
  const { app, t } = shared;
  const records = useRead(() => app.records());
  const waiting = (records ?? []).filter(({ state }) => state !== "received");
  const { unreadable } = app.net();
  return (
    <Page title={t.records.title}>
      <h1>{t.records.title}</h1>
      {records && waiting.length === 0 && <p class="empty">{t.records.empty}</p>}
      {waiting.length > 0 && (
        <ul class="rooms panel flush">
          {waiting.map((record) => (
            <li key={record.key}>
              <a href={`/app/record/${record.key}`} onClick={link(`/record/${record.key}`)}>
                <span>
                  {t.deeds[record.deed.deed]}
                  <span class="q s">
                    {t.record.savedAt(clock(record.savedAt))}, {shortDay(record.savedAt)}
                  </span>
                </span>
                <RecordMark record={record} />
              </a>
            </li>
          ))}
        </ul>
      )}
      {unreadable > 0 && <p class="msg warn">{t.net.unreadable(unreadable)}</p>}
      {(waiting.length > 0 || unreadable > 0) && <Export />}
    </Page>
  );
}

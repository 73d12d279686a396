/** Everything that is not needed every evening. */
import { shared, useChanges } from "../parts/app-state";
import { Page, link } from "../parts/frame";

export function More() {
  useChanges();
  const { app, t } = shared;
  const { unsent, unreadable } = app.net();
  const waiting = unsent + unreadable;
  const entries: [string, string][] = [
    ["/records", waiting ? `${t.more.records} (${waiting})` : t.more.records],
    ["/history", t.more.history],
    ["/place", t.more.place],
    ["/settings", t.more.settings],
    ["/help", t.more.help],
  ];
  return (
    <Page title={t.more.title}>
      <h1>{t.more.title}</h1>
      <ul class="rooms panel flush">
        {entries.map(([path, label]) => (
          <li key={path}>
            <a href={`/app${path}`} onClick={link(path)}>
              <span>{label}</span>
            </a>
          </li>
        ))}
      </ul>
    </Page>
  );
}

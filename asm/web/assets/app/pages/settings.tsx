/** Whose phone this is, which others are signed in, reminders, and the way out. */
import { useState } from "preact/hooks";

import { shared, useChanges, useRead } from "../parts/app-state";
import { attempt } from "../parts/attempts";
import { longDay } from "../parts/dates";
import { Export, Page } from "../parts/frame";
import { Languages } from "./sign-in";

interface Device {
  id: string;
  label: string;
  last_used_at: string;
  current?: boolean;
}

export function Settings() {
  useChanges();
  const { app, t } = shared;
  const { account } = app.session();
  const net = app.net();
  const off = Math.round(Math.abs(net.clockOffsetS ?? 0) / 60);
  return (
    <Page title={t.settings.title}>
      <h1>{t.settings.title}</h1>
      <section class="panel stack">
        <p>
          <span class="q">{t.settings.account}</span> <b>{account?.name}</b>
        </p>
        <p>{net.persisted ? t.settings.kept : t.net.notKept}</p>
        {off >= 5 && <p class="msg warn">{t.net.clock(off)}</p>}
        <p class="q s">
          {t.settings.version} <span class="num">{document.body.dataset.version}</span>
        </p>
      </section>
      <Reminders />
      <Devices />
      <section class="panel stack">
        <h2>{t.language}</h2>
        <Languages />
      </section>
      <SignOut />
    </Page>
  );
}

function Reminders() {
  const { app, t } = shared;
  const [said, setSaid] = useState("");
  const subscribe = async (): Promise<void> => {
    const done = await app.pushSubscribe().catch(() => false);
    setSaid(done ? t.settings.pushed : t.settings.pushRefused);
  };
  return (
    <section class="panel stack">
      <h2>{t.settings.push}</h2>
      <p>{t.settings.pushWhy}</p>
      <p role="status">{said}</p>
      <button type="button" class="btn two" onClick={() => void subscribe()}>
        {t.settings.pushOn}
      </button>
    </section>
  );
}

function Devices() {
  const { app, t } = shared;
  const [count, setCount] = useState(0);
  const mine = app.session().deviceId;
  const devices = useRead(() => app.ask<Device[]>("GET", "/api/v1/me/devices").catch(() => null), count);
  const end = async (id: string): Promise<void> => {
    await attempt(() => app.ask("DELETE", `/api/v1/me/devices/${id}`));
    setCount((before) => before + 1);
  };
  return (
    <section class="panel stack">
      <h2>{t.settings.others}</h2>
      {devices === null && <p class="q">{t.settings.failed}</p>}
      {(devices ?? []).map(({ id, label, last_used_at: used }) => (
        <p class="line" key={id}>
          <span class="push">
            {label} <span class="q s">{id === mine ? t.settings.thisOne : t.settings.lastUsed(longDay(used))}</span>
          </span>
          {id !== mine && (
            <button type="button" class="btn two low" onClick={() => void end(id)}>
              {t.settings.signOutOther}
            </button>
          )}
        </p>
      ))}
    </section>
  );
}

function SignOut() {
  const { app, t } = shared;
  const [unsent, setUnsent] = useState(0);
  const leave = async (force: boolean): Promise<void> => {
    const left = await app.signOut(force);
    if (!force) setUnsent(left.unsent);
  };
  return (
    <section class="stack">
      {unsent > 0 && (
        <div class="errs" role="alert">
          <p>{t.settings.unsent(unsent)}</p>
          <Export />
          <button type="button" class="btn bad" onClick={() => void leave(true)}>
            {t.settings.signOutAnyway}
          </button>
        </div>
      )}
      <button type="button" class="btn two tall" onClick={() => void leave(false)}>
        {t.settings.signOut}
      </button>
    </section>
  );
}

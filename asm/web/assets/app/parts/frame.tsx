/** What surrounds every page: the bar, what is not sent, the heading that takes the focus. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { shared, useChanges } from "./app-state";
import { attempt, lastFailure, onFailure } from "./attempts";
import { clock } from "./dates";
import { Icon } from "./icons";
import { go, goBack } from "./router";

interface PageOptions {
  title: string;
  /** Shown in the bar instead of the title, beside the way back. */
  bar?: string;
  first?: boolean;
  children: ComponentChildren;
}

export function Page({ title, bar, first = false, children }: PageOptions) {
  const main = useRef<HTMLElement>(null);
  useEffect(() => {
    document.title = `${title} · ASM`;
    // A browser heeds `autofocus` once in a page's life, and this is one page.
    const field = main.current?.querySelector<HTMLElement>("[autofocus]");
    const heading = main.current?.querySelector<HTMLElement>("h1");
    if (heading) heading.tabIndex = -1;
    if (!first) (field ?? heading)?.focus({ preventScroll: true });
    scrollTo(0, 0);
  }, [title]);
  return (
    <>
      <a class="skip" href="#main">
        {title}
      </a>
      <header class="bar">
        {first ? (
          <a class="brand" href="/app/" onClick={link("/")}>
            <img src="/app/icons/icon-192.png" width="26" height="26" alt="" />
            <span>{bar ?? title}</span>
          </a>
        ) : (
          <button type="button" class="brand" onClick={goBack} aria-label={shared.t.back}>
            <Icon name="back" />
            <span>{bar ?? title}</span>
          </button>
        )}
      </header>
      <NetBar />
      <main id="main" ref={main}>
        {children}
      </main>
    </>
  );
}

/** A link of the app that loads nothing. */
export const link =
  (path: string) =>
  (event: MouseEvent): void => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    go(path);
  };

/** Nothing here is green: it stands until the last record was received. */
function NetBar() {
  useChanges();
  const [, draw] = useState(0);
  useEffect(() => onFailure(() => draw((before) => before + 1)), []);
  const { app, t } = shared;
  const net = app.net();
  const session = app.session();
  const said = [
    net.captive ? t.net.captive : !net.online && t.net.offline,
    net.unsent > 0 && t.net.unsent(net.unsent),
    session.status === "expired" && t.signIn.expired,
    net.storageFull && t.net.full,
    net.tooOld && t.net.tooOld,
    net.inChat && t.net.inChat,
    lastFailure(),
  ].filter((text, index, all) => text && all.indexOf(text) === index);
  return (
    <div role="status">
      {said.length > 0 && (
        <div class="net">
          <Icon name={net.online && !net.captive ? "ring" : "offline"} />
          <span>{said.join(" ")}</span>
          {session.status === "expired" && (
            <button type="button" class="btn two low" onClick={() => void attempt(() => app.signIn())}>
              {t.signIn.again}
            </button>
          )}
          {net.storageFull && <Export />}
        </div>
      )}
      {net.updateReady && (
        <div class="net calm">
          <span>{t.net.update}</span>
          <button type="button" class="btn two low" onClick={() => void app.applyUpdate()}>
            {t.net.applyUpdate}
          </button>
        </div>
      )}
    </div>
  );
}

export function Tries() {
  useChanges();
  const { app, t } = shared;
  const { lastTry, nextTry } = app.net();
  return (
    <p class="q s">
      {lastTry && t.net.lastTry(clock(lastTry))} {nextTry && t.net.nextTry(clock(nextTry))} <Export />
    </p>
  );
}

export function Export({ draft }: { draft?: unknown }) {
  const { app, t } = shared;
  const save = async (): Promise<void> => {
    const address = URL.createObjectURL(await app.exportUnsent(draft));
    const anchor = Object.assign(document.createElement("a"), { href: address, download: "asm.json" });
    anchor.click();
    setTimeout(() => URL.revokeObjectURL(address), 60_000);
  };
  return (
    <button type="button" class="btn text" onClick={() => void save()}>
      {t.net.export}
    </button>
  );
}

/** Says what was done, with the way back for as long as it stands there. The focus stays where it was. */
export function Said({ children, onUndo }: { children: ComponentChildren; onUndo?: (() => void) | undefined }) {
  return (
    <div class="msg" role="status">
      <Icon name="check" />
      <span>{children}</span>
      {onUndo && (
        <button type="button" class="btn text" onClick={onUndo}>
          {shared.t.undo}
        </button>
      )}
    </div>
  );
}

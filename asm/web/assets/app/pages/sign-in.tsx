/** Nobody is signed in: one button, and why. */
import { shared, useChanges } from "../parts/app-state";
import { attempt } from "../parts/attempts";
import { Page, link } from "../parts/frame";

export function Languages() {
  const choose = (language: string): void => {
    localStorage.setItem("asm-language", language);
    location.reload();
  };
  return (
    <p class="line">
      {[
        ["vi", "Tiếng Việt"],
        ["en", "English"],
      ].map(([language = "", label]) => (
        <button
          type="button"
          class="btn text"
          lang={language}
          key={language}
          aria-pressed={language === shared.language}
          onClick={() => choose(language)}
        >
          {label}
        </button>
      ))}
    </p>
  );
}

export function SignIn() {
  useChanges();
  const { app, t } = shared;
  const { status, signInError } = app.session();
  return (
    <Page title={t.signIn.title} bar={t.app} first>
      <section class="panel stack">
        <h1>{t.signIn.title}</h1>
        <p>{status === "ended" ? t.signIn.ended : t.signIn.why}</p>
        {signInError && (
          <p class="err" role="alert">
            {signInError === "offline" ? t.signIn.offline : t.signIn.failed}
          </p>
        )}
      </section>
      {app.net().inChat ? (
        <button
          type="button"
          class="btn tall"
          onClick={() => void attempt(() => navigator.clipboard.writeText(`${location.origin}/app/`))}
        >
          {t.net.copy}
        </button>
      ) : (
        <>
          <button type="button" class="btn tall" onClick={() => void attempt(() => app.signIn())}>
            {t.signIn.button}
          </button>
          <button
            type="button"
            class="btn two tall"
            onClick={() => void attempt(() => app.signIn({ other: true }))}
          >
            {t.signIn.other}
          </button>
        </>
      )}
      <p>
        <a href="/app/help" onClick={link("/help")}>
          {t.more.help}
        </a>
      </p>
      <Languages />
    </Page>
  );
}

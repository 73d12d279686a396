/** In plain words, and read aloud where the phone can. */
import { useEffect, useState } from "preact/hooks";

import { shared } from "../parts/app-state";
import { Page } from "../parts/frame";

const SYNTHESIS = typeof speechSynthesis === "undefined" ? undefined : speechSynthesis;

export function Help() {
  const { t, language } = shared;
  const [reading, setReading] = useState(false);
  const [, look] = useState(0);
  useEffect(() => {
    // Voices come a moment after they are first asked for.
    const again = (): void => look((before) => before + 1);
    SYNTHESIS?.addEventListener("voiceschanged", again);
    return () => {
      SYNTHESIS?.removeEventListener("voiceschanged", again);
      SYNTHESIS?.cancel();
    };
  }, []);
  const voice = SYNTHESIS?.getVoices().some(({ lang }) => lang.startsWith(language)) ? SYNTHESIS : undefined;
  const read = (): void => {
    if (!voice) return;
    voice.cancel();
    if (reading) return setReading(false);
    const text = t.help.parts.map((part) => part.join(". ")).join(" ");
    const said = Object.assign(new SpeechSynthesisUtterance(text), {
      lang: language === "en" ? "en" : "vi-VN",
      rate: 0.9,
      onend: () => setReading(false),
    });
    voice.speak(said);
    setReading(true);
  };
  return (
    <Page title={t.help.title}>
      <h1>{t.help.title}</h1>
      {voice && (
        <button type="button" class="btn two" aria-pressed={reading} onClick={read}>
          {reading ? t.help.stop : t.help.read}
        </button>
      )}
      {t.help.parts.map(([heading, text]) => (
        <section class="panel stack" key={heading}>
          <h2>{heading}</h2>
          <p>{text}</p>
        </section>
      ))}
    </Page>
  );
}

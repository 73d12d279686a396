/** The card's code by the phone's camera; a picture where the camera may not be used. */
import { useEffect, useRef, useState } from "preact/hooks";

import { shared } from "../../parts/app-state";
import { readCode, readerReady } from "./card-reader";

type Mode = "opening" | "looking" | "refused" | "offline";
const EVERY_MS = 180;

/** `||` between twelve digits and a name, or seven parts: the text of a citizen's card. */
const isCard = (text: string): boolean => /^\d{12}\|/.test(text);

export function Camera({ onRead, onClose }: { onRead: (text: string) => void; onClose: () => void }) {
  const { t } = shared;
  const video = useRef<HTMLVideoElement>(null);
  const [mode, setMode] = useState<Mode>("opening");
  const [said, setSaid] = useState("");
  const take = (text: string | undefined): boolean => {
    if (text === undefined) return false;
    if (isCard(text)) {
      navigator.vibrate?.(60);
      onRead(text);
      return true;
    }
    setSaid(t.camera.unread);
    return false;
  };
  useEffect(() => look(video, setMode, take), []);
  const choose = async (file: File | undefined): Promise<void> => {
    if (!file) return;
    const text = await readCode(file);
    if (text === undefined) setSaid(t.camera.nothing);
    else take(text);
  };
  return (
    <>
      <h1>{t.camera.title}</h1>
      <div class="lens">
        <video ref={video} playsInline muted aria-label={t.camera.title} />
      </div>
      <p role="status">
        {said || { opening: t.camera.opening, looking: t.camera.hint, refused: t.camera.refused, offline: t.camera.offline }[mode]}
      </p>
      <label class="btn two tall">
        {t.camera.picture}
        <input
          class="vh"
          type="file"
          accept="image/*"
          capture="environment"
          onChange={(event) => void choose(event.currentTarget.files?.[0])}
        />
      </label>
      <button type="button" class="btn tall" onClick={onClose}>
        {t.add.type}
      </button>
    </>
  );
}

/** Opens the camera once; a track that ends or goes mute is restarted once. */
function look(
  video: { current: HTMLVideoElement | null },
  setMode: (mode: Mode) => void,
  take: (text: string | undefined) => boolean,
): () => void {
  let open = true;
  let stream: MediaStream | undefined;
  let restarts = 1;
  const stop = (): void => stream?.getTracks().forEach((track) => track.stop());
  const start = async (): Promise<void> => {
    const wanted = { video: { facingMode: "environment", width: { ideal: 1280 } } };
    stop();
    stream = await navigator.mediaDevices.getUserMedia(wanted);
    if (!open) return stop();
    for (const track of stream.getVideoTracks()) {
      const again = (): void => {
        if (open && restarts-- > 0) void start().catch(() => setMode("refused"));
      };
      track.addEventListener("ended", again);
      track.addEventListener("mute", again);
    }
    const shown = video.current;
    if (!shown) return;
    shown.srcObject = stream;
    await shown.play();
    setMode("looking");
  };
  const read = async (): Promise<void> => {
    await readerReady();
    while (open) {
      const shown = video.current;
      if (shown && shown.readyState >= 2 && take(await readCode(shown))) break;
      await new Promise((go) => setTimeout(go, EVERY_MS));
    }
  };
  if ("mediaDevices" in navigator) {
    void start().then(read, () => setMode("refused")).catch(() => setMode("offline"));
  } else setMode("refused");
  return () => {
    open = false;
    stop();
  };
}

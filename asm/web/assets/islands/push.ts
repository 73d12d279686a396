import "./page";

/** Subscribe this browser when asked, and send what it gives as an ordinary form. */
const form = document.querySelector<HTMLFormElement>("#push-form");
if (form && "serviceWorker" in navigator && "PushManager" in window) {
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    const address = form.querySelector<HTMLInputElement>("[name=address]");
    if (!address || address.value) return;
    event.preventDefault();
    void subscribe(form.dataset.key ?? "").then(
      (told) => {
        address.value = told;
        form.submit();
      },
      () => {
        const say = form.querySelector<HTMLElement>("[data-refused]");
        if (say) say.textContent = say.dataset.refused ?? "";
        form.querySelector("button")?.removeAttribute("aria-busy");
      },
    );
  });
}

async function subscribe(key: string): Promise<string> {
  const registration = await navigator.serviceWorker.register("/push-worker.js");
  const subscription = await registration.pushManager.subscribe({
    userVisibleOnly: true,
    applicationServerKey: key,
  });
  return JSON.stringify(subscription.toJSON());
}

import {
  browserSupportsWebAuthn,
  browserSupportsWebAuthnAutofill,
  startAuthentication,
  startRegistration,
} from "@simplewebauthn/browser";
import "./page";

// The forms stay hidden where the browser has no passkeys: the password is above them.
const forms = [...document.querySelectorAll<HTMLFormElement>("form[data-passkey]")];
if (browserSupportsWebAuthn()) {
  for (const form of forms) void offer(form);
  const first = forms.find((form) => form.dataset.passkey === "sign-in");
  if (first) void offerInField(first);
} else {
  for (const hint of document.querySelectorAll<HTMLElement>("[data-unsupported]")) hint.hidden = false;
}

async function offer(form: HTMLFormElement): Promise<void> {
  if (form.dataset.former !== undefined && !(await knowsRelatedOrigins())) return;
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const failed = form.querySelector<HTMLElement>("[data-failed]");
    if (failed) failed.hidden = true;
    void ask(form).then(
      (answer) => send(form, answer),
      () => {
        form.querySelector("button")?.removeAttribute("aria-busy");
        if (!failed) return;
        failed.textContent = failed.dataset.failed ?? "";
        failed.hidden = false;
      },
    );
  });
}

/** Where the browser can, it offers passkeys in the field of the name. A button ends that. */
async function offerInField(form: HTMLFormElement): Promise<void> {
  if (!(await browserSupportsWebAuthnAutofill())) return;
  try {
    send(form, await startAuthentication({ optionsJSON: options(form), useBrowserAutofill: true }));
  } catch {
    // Nothing was chosen there: the password and the button are still there.
  }
}

function ask(form: HTMLFormElement): Promise<unknown> {
  return form.dataset.passkey === "add"
    ? startRegistration({ optionsJSON: options(form) })
    : startAuthentication({ optionsJSON: options(form) });
}

function send(form: HTMLFormElement, answer: unknown): void {
  const field = form.querySelector<HTMLInputElement>("[name=answer]");
  if (!field) return;
  field.value = JSON.stringify(answer);
  form.submit();
}

function options(form: HTMLFormElement) {
  return JSON.parse(form.dataset.options ?? "{}");
}

/** A passkey of another host needs it. */
async function knowsRelatedOrigins(): Promise<boolean> {
  const known = PublicKeyCredential as unknown as {
    getClientCapabilities?: () => Promise<Record<string, boolean>>;
  };
  const able = await known.getClientCapabilities?.();
  return able?.relatedOrigins === true;
}

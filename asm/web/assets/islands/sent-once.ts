/**
 * A form that was refused is a page which the browser made by sending it. Gone back to, or loaded
 * again, it would ask to send it once more: the page takes the address of the one that its form
 * stands on. And what was typed and not sent is not left without a question.
 */
export function sendOnce(): void {
  if (document.documentElement.dataset.answers !== undefined && document.referrer.startsWith(`${location.origin}/`)) {
    history.replaceState(null, "", document.referrer);
  }
  askBeforeLeaving();
}

function askBeforeLeaving(): void {
  let typedInto: HTMLFormElement | null = null;
  document.addEventListener("input", (event) => {
    const form = (event.target as HTMLInputElement | null)?.form;
    if (form?.method === "post" && form.closest("body.work main")) typedInto = form;
  });
  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    // What is typed is taken over into the page's other language.
    if (form === typedInto || form.getAttribute("action") === "/language") typedInto = null;
  });
  addEventListener("beforeunload", (event) => {
    if (typedInto) event.preventDefault();
  });
}

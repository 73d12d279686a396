import { render } from "preact";

import { openApp } from "./core/app";

const root = document.querySelector("#app");
void openApp().then(() => {
  if (root) render(<main id="main" />, root);
});

import { render } from "preact";

import { openApp } from "./core/app";
import { Pages } from "./pages/pages";
import { share } from "./parts/app-state";
import vi from "./texts/vi";
import "./phone.scss";

const root = document.querySelector("#app");

async function start(): Promise<void> {
  const language = localStorage.getItem("asm-language") === "en" ? "en" : "vi";
  const t = language === "en" ? (await import("./texts/en")).default : { ...vi };
  document.documentElement.lang = language;
  share({ app: await openApp(), t, language });
  if (root) render(<Pages />, root);
}
void start();

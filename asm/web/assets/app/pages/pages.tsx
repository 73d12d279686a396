/** Which page stands at which address. */
import { shared, useChanges } from "../parts/app-state";
import { Page } from "../parts/frame";
import { lazy } from "../parts/lazy";
import { usePath } from "../parts/router";
import { SignIn } from "./sign-in";
import { Tonight } from "./tonight";

const Add = lazy(() => import("./add/add").then((part) => part.Add));
const RecordPage = lazy<{ id: string }>(() => import("./record-page").then((part) => part.RecordPage));
const StayPage = lazy<{ id: string }>(() => import("./stay-page").then((part) => part.StayPage));
const ReceiptPage = lazy<{ id: string }>(() => import("./receipt-page").then((part) => part.ReceiptPage));
const More = lazy(() => import("./more").then((part) => part.More));
const Records = lazy(() => import("./records").then((part) => part.Records));
const History = lazy(() => import("./history").then((part) => part.History));
const Settings = lazy(() => import("./settings").then((part) => part.Settings));
const Help = lazy(() => import("./help").then((part) => part.Help));
const Place = lazy(() => import("./place").then((part) => part.Place));

export function Pages() {
  useChanges();
  const [, section = "", id = ""] = usePath().split("/");
  const { status } = shared.app.session();
  if (section === "help") return <Help />;
  if (status === "signed_out" || status === "ended") return <SignIn />;
  switch (section) {
    case "":
    case "signed-in":
      return <Tonight />;
    case "add":
      return <Add />;
    case "record":
      return <RecordPage key={id} id={id} />;
    case "stay":
      return <StayPage key={id} id={id} />;
    case "receipt":
      return <ReceiptPage key={id} id={id} />;
    case "more":
      return <More />;
    case "records":
      return <Records />;
    case "history":
      return <History />;
    case "settings":
      return <Settings />;
    case "place":
      return <Place />;
    default:
      return (
        <Page title={shared.t.missing}>
          <h1>{shared.t.missing}</h1>
        </Page>
      );
  }
}

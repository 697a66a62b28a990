import "./ui/styles/tokens.css";
import "./ui/styles/base.css";
import "./ui/styles/controls.css";
import "./ui/styles/pages.css";
import "./ui/styles/room.css";
import "./ui/styles/tiles.css";
import "./ui/styles/panel.css";
import { render } from "preact";
import { App } from "./app.tsx";
import { resumeSession } from "./identity/session.ts";
import { startRouter } from "./router.ts";
import { startTheme } from "./ui/theme.ts";

startTheme();
startRouter();
void resumeSession();
render(<App />, document.getElementById("app") as HTMLElement);

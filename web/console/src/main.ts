import { mount } from "svelte";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/menu.css";
import App from "./App.svelte";
import { speak } from "./i18n/index.svelte";
import { preferences } from "./state/preferences.svelte";

const target = document.getElementById("app");
if (!target) throw new Error("the page has no place for the console");
// Spoken before the first paint, so that nothing is seen in another language first.
await speak(preferences.value.language).catch(() => undefined);
mount(App, { target });

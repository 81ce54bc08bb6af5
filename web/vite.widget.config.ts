import { resolve } from "node:path";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

const here = import.meta.dirname;
const FIRST_OPEN = /\/svelte\/|\/esm-env\/|\/clsx\/|\/widget\/src\/|\/web\/lib\//;
const LATER = /\.json|\.css|\/(main|host|protocol|fallback)\.ts|\/(PreChat|LeaveEmail|Emoji)\.svelte/;

// What customers write in: in a frame on a site, or as a page of its own. Built apart from the console, so that it carries no
// more of the shared libraries than it uses itself.
export default defineConfig({
  root: resolve(here, "pages"),
  publicDir: false,
  plugins: [svelte({ compilerOptions: { discloseVersion: false } })],
  resolve: { alias: { $widget: resolve(here, "widget/src"), $lib: resolve(here, "lib") } },
  build: {
    outDir: resolve(here, "dist"),
    // The console is in there.
    emptyOutDir: false,
    target: "es2022",
    // The content security policy allows no data: URL for scripts, styles and fonts.
    assetsInlineLimit: 0,
    // Nothing to load beside a chunk: what it needs is in it.
    modulePreload: false,
    rollupOptions: {
      // Of Svelte, only what is used: its custom elements look to a bundler as if they did something by being there.
      treeshake: { moduleSideEffects: (id) => !id.includes("/custom-element.js") && !id.includes("/legacy-client.js") },
      output: {
        // All that the first open needs in one file, which packs better than five.
        codeSplitting: { includeDependenciesRecursively: false, groups: [{ name: "start", test: (id: string) => FIRST_OPEN.test(id) && !LATER.test(id) }] },
      },
      input: { widget: resolve(here, "pages/widget.html"), chat: resolve(here, "pages/chat.html") },
    },
  },
});

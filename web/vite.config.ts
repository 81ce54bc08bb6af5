import { resolve } from "node:path";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

const here = import.meta.dirname;
const daemon = process.env.TRUNKLINE_URL ?? "http://127.0.0.1:8080";

// The console. What customers write in is built by vite.widget.config.ts, the loader by vite.loader.config.ts.
export default defineConfig({
  root: resolve(here, "pages"),
  publicDir: resolve(here, "public"),
  plugins: [svelte()],
  resolve: {
    alias: { $console: resolve(here, "console/src"), $widget: resolve(here, "widget/src"), $lib: resolve(here, "lib") },
  },
  build: {
    outDir: resolve(here, "dist"),
    emptyOutDir: true,
    target: "es2022",
    // The content security policy allows no data: URL for scripts, styles and fonts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: {
      input: {
        console: resolve(here, "pages/index.html"),
      },
    },
  },
  server: { proxy: { "/api": daemon, "/socket.io": { target: daemon, ws: true } } },
});

import { resolve } from "node:path";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

const here = import.meta.dirname;

// Logic only; what is seen is tested in a real browser.
export default defineConfig({
  plugins: [svelte()],
  resolve: { alias: { $console: resolve(here, "console/src"), $widget: resolve(here, "widget/src"), $lib: resolve(here, "lib") } },
  test: { include: ["**/*.test.ts"], exclude: ["node_modules/**", "dist/**"], environment: "node", css: true },
});

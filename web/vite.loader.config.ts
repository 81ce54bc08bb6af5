import { resolve } from "node:path";
import { defineConfig } from "vite";

const here = import.meta.dirname;

// The one script that sites carry: classic, in one file, under a name that does not change.
export default defineConfig({
  root: resolve(here, "widget"),
  publicDir: false,
  build: {
    outDir: resolve(here, "dist"),
    // The pages are in there.
    emptyOutDir: false,
    target: "es2022",
    lib: { entry: resolve(here, "widget/src/loader/main.ts"), formats: ["iife"], name: "TrunklineLoader", fileName: () => "widget.js" },
  },
});

import { resolve } from "node:path";
import { defineConfig } from "vite";

const pages = resolve(import.meta.dirname, "pages");
const daemon = process.env.TRUNKLINE_URL ?? "http://127.0.0.1:8080";

export default defineConfig({
  root: pages,
  build: {
    outDir: resolve(import.meta.dirname, "dist"),
    emptyOutDir: true,
    target: "es2022",
    // The content security policy allows no data: URL for scripts, styles and fonts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: { input: [resolve(pages, "index.html"), resolve(pages, "chat.html")] },
  },
  server: { proxy: { "/api": daemon, "/socket.io": { target: daemon, ws: true } } },
});

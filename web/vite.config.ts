/// <reference types="vitest/config" />
import { defineConfig } from "vite";

// `npm run dev` serves the page with hot reload and sends API and socket to a running local stack.
const backend = "http://127.0.0.1:8080";

export default defineConfig({
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    target: "es2022",
    // No data: URLs, so that the page runs under `img-src 'self'`.
    assetsInlineLimit: 0,
    sourcemap: false,
  },
  server: {
    proxy: {
      "/v1": backend,
      "/socket": { target: backend, ws: true, headers: { origin: backend } },
    },
  },
  test: { include: ["tests/**/*.test.ts"], environment: "node" },
});

import { defineConfig } from "vite";

// Litestar serves what lands in asm/web/static; the manifest (.vite/manifest.json) tells the pages each file's hashed name.
export default defineConfig({
  root: "asm/web/assets",
  base: "/static/",
  build: {
    outDir: "../static",
    emptyOutDir: true,
    manifest: true,
    // The policy `font-src 'self'` has no place for data: addresses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The map is one large library, loaded only when a map is shown.
    chunkSizeWarningLimit: 1200,
    rollupOptions: {
      input: {
        app: "asm/web/assets/styles/app.scss",
        receipt: "asm/web/assets/styles/receipt.scss",
        fonts: "asm/web/assets/styles/fonts.scss",
        work: "asm/web/assets/styles/work.scss",
        map: "asm/web/assets/styles/map.scss",
        patrol: "asm/web/assets/styles/patrol.scss",
        page: "asm/web/assets/islands/page.ts",
        desk: "asm/web/assets/islands/desk.ts",
        verify: "asm/web/assets/islands/verify.ts",
        map_page: "asm/web/assets/islands/map.ts",
        ward: "asm/web/assets/islands/ward.ts",
        cases: "asm/web/assets/islands/cases.ts",
        place: "asm/web/assets/islands/place.ts",
        push: "asm/web/assets/islands/push.ts",
        "push-worker": "asm/web/assets/islands/push-worker.ts",
        phone: "asm/web/assets/app/main.tsx",
      },
    },
  },
});

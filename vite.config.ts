import { type Plugin, build, defineConfig } from "vite";

const ROOT = "asm/web/assets";
const OUT = "../static";
/** The landlord's phone may be old: what these do not have is written in what they have. */
const PHONES = ["es2021", "chrome92", "safari15"];

// Old browsers know no service worker that imports: it is one file, built by itself. The server
// serves it under an address that never changes.
const phoneWorker: Plugin = {
  name: "phone-worker",
  apply: "build",
  closeBundle: async () => {
    await build({
      configFile: false,
      root: ROOT,
      logLevel: "warn",
      publicDir: false,
      build: {
        outDir: OUT,
        emptyOutDir: false,
        target: PHONES,
        lib: {
          entry: "app/worker.ts",
          formats: ["iife"],
          name: "asmWorker",
          fileName: () => "phone-worker.js",
        },
      },
    });
  },
};

// Litestar serves what lands in asm/web/static; the manifest (.vite/manifest.json) tells the pages each file's hashed name.
export default defineConfig({
  root: ROOT,
  base: "/static/",
  plugins: [phoneWorker],
  build: {
    outDir: OUT,
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
        passkey: "asm/web/assets/islands/passkey.ts",
        push: "asm/web/assets/islands/push.ts",
        "push-worker": "asm/web/assets/islands/push-worker.ts",
        phone: "asm/web/assets/app/main.tsx",
      },
    },
  },
});

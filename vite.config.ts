import tailwind from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** The web app is a static page that the API serves: no server of its own, no network beyond its origin. */
export default defineConfig({
  root: 'src/web',
  base: '/',
  plugins: [react(), tailwind()],
  build: {
    outDir: '../../dist/web',
    emptyOutDir: true,
    target: 'es2024',
    manifest: true,
    assetsInlineLimit: 0,
    rolldownOptions: {
      output: {
        // Dozens of small shared files compress badly one by one: what many pages use is one file.
        codeSplitting: { groups: [{ name: 'parts', test: /src\/web\/(parts|inform)\//, minShareCount: 4 }] },
      },
    },
  },
  server: { port: 4010, proxy: { '/api': 'http://127.0.0.1:4001' } },
});

import { defineConfig } from "@playwright/test";

// The browser of the distribution: nothing is downloaded.
const chromium = process.env.TRUNKLINE_CHROMIUM ?? "/usr/bin/chromium";

export default defineConfig({
  testDir: ".",
  outputDir: "../../target/browser/results",
  timeout: 60_000,
  expect: { timeout: 10_000 },
  workers: 2,
  retries: 0,
  forbidOnly: true,
  reporter: [["list"]],
  use: {
    browserName: "chromium",
    locale: "en-GB",
    timezoneId: "Europe/Berlin",
    launchOptions: { executablePath: chromium, args: ["--no-sandbox", "--disable-gpu"] },
    // What fades in is judged when it is there.
    contextOptions: { reducedMotion: "reduce" },
    screenshot: "only-on-failure",
    trace: "off",
  },
});

// Measurements, not tests: one at a time in one browser, and none is tried again.

import tests from "../playwright.config";

export default {
  ...tests,
  outputDir: "../../../target/browser/bench",
  testMatch: "*.bench.ts",
  timeout: 45_000,
  globalTimeout: 180_000,
  workers: 1,
  // After a failure everything would be filled anew.
  maxFailures: 1,
  reporter: [["line"]] as [["line"]],
  use: {
    ...tests.use,
    viewport: { width: 1400, height: 900 },
    screenshot: "off" as const,
    launchOptions: { ...tests.use?.launchOptions, args: [...(tests.use?.launchOptions?.args ?? []), "--enable-precise-memory-info"] },
  },
};

import { describe, expect, test } from "vitest";
import { cameraConstraints, cameraQuality, deviceFault } from "../../src/media/capture.ts";
import { type Reading, rate } from "../../src/media/quality.ts";
import { QualityWatch } from "../../src/media/stats.ts";

const reading = (more: Partial<Reading>): Reading => ({
  received: 0,
  lost: 0,
  jitter: 0,
  roundTrip: null,
  ...more,
});

describe("a connection", () => {
  const rated = (more: Partial<Reading>) =>
    rate(reading({ received: 1000, lost: 50 }), reading({ received: 1100, lost: 50, ...more }));

  test("is judged by what was lost since the last look, not before", () => expect(rated({})).toBe("good"));
  test("is fair with some loss, delay or jitter", () => {
    expect(rated({ lost: 54 })).toBe("fair");
    expect(rated({ roundTrip: 0.5 })).toBe("fair");
    expect(rated({ jitter: 0.08 })).toBe("fair");
  });
  test("is poor with much of it", () => {
    expect(rated({ lost: 70 })).toBe("poor");
    expect(rated({ roundTrip: 1 })).toBe("poor");
  });
  test("that carries nothing is not called bad", () => expect(rate(reading({}), reading({}))).toBe("good"));

  test("that was made anew is not compared with the old one", () => {
    const watch = new QualityWatch();
    expect(watch.rate(new Map([["ada", reading({ received: 500 })]])).size).toBe(0);
    expect(watch.rate(new Map([["ada", reading({ received: 10, lost: 9 })]])).size).toBe(0);
    expect(watch.rate(new Map([["ada", reading({ received: 110, lost: 9 })]])).get("ada")).toBe("good");
  });
});

describe("the camera", () => {
  test("is asked for less where there are few cores", () => {
    expect([2, 4, 8].map((cores) => cameraQuality(cores, false).height)).toEqual([360, 540, 720]);
    expect(cameraQuality(8, true).height).toBe(540);
  });

  test("is the chosen one, or the one that faces the user", () => {
    const quality = cameraQuality(8, false);
    expect(cameraConstraints(quality, "x")).toMatchObject({ deviceId: { exact: "x" } });
    expect(cameraConstraints(quality, null)).toMatchObject({ facingMode: "user" });
  });
});

test.each([
  ["NotAllowedError", "denied"],
  ["NotFoundError", "missing"],
  ["OverconstrainedError", "missing"],
  ["NotReadableError", "busy"],
  ["TypeError", "failed"],
])("%s means %s", (name, state) => {
  expect(deviceFault(name)).toBe(state);
});

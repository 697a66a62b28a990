import { expect, test } from "vitest";
import { offerVersion } from "../../src/media/sdp.ts";

test("offers are told apart by the version in their origin line", () => {
  expect(offerVersion("v=0\r\no=- 7312 4 IN IP4 127.0.0.1\r\ns=-\r\n")).toBe(4);
  expect(offerVersion("v=0\r\ns=-\r\na=x o=- 1 9 IN\r\n")).toBe(-1);
});

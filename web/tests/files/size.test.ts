import { expect, test } from "vitest";
import type { Limits } from "../../src/files/api.ts";
import { sizeOf, typeOf, whyNotSend } from "../../src/files/size.ts";

const MB = 1024 * 1024;
const limits: Limits = {
  max_size: 25 * MB,
  max_image_size: 5 * MB,
  daily_bytes: 100 * MB,
  daily_left: 10 * MB,
  files_a_message: 10,
  content_types: { "image/png": ["png"], "text/markdown": ["md"], "application/pdf": ["pdf"] },
};

/** A file that says that it is that large. */
function file(name: string, type: string, size: number): File {
  return Object.defineProperty(new File([], name, { type }), "size", { value: size });
}

test("sizes are told as people read them", () => {
  expect([0, 900, 1536, 10 * 1024, 25 * MB, 1.5 * 1024 * MB].map(sizeOf)).toEqual([
    "0 B",
    "900 B",
    "1.5 KB",
    "10 KB",
    "25 MB",
    "1.5 GB",
  ]);
});

test("a type is what the browser says, or the name where that says nothing that is known", () => {
  expect(typeOf({ name: "a.png", type: "image/png" }, limits)).toBe("image/png");
  expect(typeOf({ name: "NOTES.MD", type: "" }, limits)).toBe("text/markdown");
  expect(typeOf({ name: "a.pdf", type: "application/x-pdf; x=1" }, limits)).toBe("application/pdf");
  expect(typeOf({ name: "a.html", type: "text/html" }, limits)).toBeNull();
  expect(typeOf({ name: "constructor", type: "" }, limits)).toBeNull();
});

test("what cannot be sent is told before it is uploaded", () => {
  expect(whyNotSend(file("a.png", "image/png", MB), limits)).toBeNull();
  expect(whyNotSend(file("a.png", "image/png", 6 * MB), limits)).toContain("at most 5 MB");
  expect(whyNotSend(file("a.pdf", "application/pdf", 26 * MB), limits)).toContain("at most 25 MB");
  expect(whyNotSend(file("a.pdf", "application/pdf", 11 * MB), limits)).toContain("10 MB left");
  expect(whyNotSend(file("a.pdf", "application/pdf", 0), limits)).toContain("empty");
  expect(whyNotSend(file("a.exe", "application/x-msdownload", 5), limits)).toContain("type");
});

import { expect, test } from "vitest";
import { faceOf } from "../../src/chat/names.ts";

const sender = { participant_id: null, user_id: "ada", display_name: "Ada" };
const people = [
  { id: "ada", name: "Ada King", avatar_url: "/v1/users/ada/avatar?v=1" },
  { id: "seat", name: "Ada", avatar_url: null },
];

test("a face has the picture of its owner, and the name that stands in the message", () => {
  expect(faceOf(sender, people)).toEqual({ id: "ada", name: "Ada", url: "/v1/users/ada/avatar?v=1" });
});

test("in a meeting people are who they are there", () => {
  expect(faceOf({ ...sender, participant_id: "seat" }, people)).toEqual({
    id: "seat",
    name: "Ada",
    url: null,
  });
});

test("who has left is there with their initials", () => {
  expect(faceOf({ ...sender, user_id: "gone" }, people)).toMatchObject({ id: "gone", url: null });
});

test("where two talk nobody has a face", () => {
  expect(faceOf(sender, [])).toBeNull();
});

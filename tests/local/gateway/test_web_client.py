"""The web client is served as the CDN serves it."""

from pathlib import Path

from .conftest import Serve, Served


def build(dist: Path) -> None:
    (dist / "assets").mkdir(parents=True)
    (dist / "index.html").write_text("<title>page</title>")
    (dist / "assets" / "app-1234.js").write_text("1")
    (dist.parent / "secret.txt").write_text("not yours")


async def get(served: Served, path: str) -> tuple[int, str, str]:
    async with served.http.get(served.url + path) as answer:
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        return answer.status, await answer.text(), answer.headers.get("Cache-Control", "")


async def test_files_are_served_and_pages_fall_back_to_the_index(tmp_path: Path, serve: Serve) -> None:
    build(tmp_path / "dist")
    served = await serve()
    page = (200, "<title>page</title>", "no-cache")
    assert await get(served, "/") == page
    assert await get(served, "/m/abc-defg-hij?guest=1") == page
    assert await get(served, "/assets/app-1234.js") == (200, "1", "public, max-age=31536000, immutable")
    assert (await get(served, "/assets/gone.js"))[0] == 404


async def test_nothing_outside_the_folder_is_served(tmp_path: Path, serve: Serve) -> None:
    build(tmp_path / "dist")
    served = await serve()
    for path in ("/..%2fsecret.txt", "/%2e%2e/secret.txt", "/assets/..%2f..%2fsecret.txt"):
        status, text, _ = await get(served, path)
        assert (status, "not yours" in text) == (404, False)


async def test_missing_build_is_explained(served: Served) -> None:
    status, text, _ = await get(served, "/")
    assert status == 200
    assert "make run" in text

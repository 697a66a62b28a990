"""Secrets of this installation: made at the first start, kept in the data folder for its owner alone."""

import json
import secrets
from pathlib import Path


class Settled:
    """`secrets.json` in the data folder."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / "secrets.json"
        self._known: dict[str, str] = json.loads(self._path.read_text()) if self._path.exists() else {}

    def secret(self, name: str, length: int = 32) -> str:
        """The secret of this name, `length` random bytes in text, the same at every start."""
        if name not in self._known:
            self._known[name] = secrets.token_urlsafe(length)
            draft = self._path.with_suffix(".new")
            draft.touch(mode=0o600)
            draft.write_text(json.dumps(self._known, indent=1))
            draft.replace(self._path)
        return self._known[name]

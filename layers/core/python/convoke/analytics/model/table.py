"""CSV for spreadsheets (RFC 4180), which run what looks like a formula unless it is told to be text."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime

# OWASP, "CSV injection": these begin a formula in some spreadsheet, also after white space.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")

Cell = str | int | float | date | datetime | None


def table(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """A header and rows. Text is quoted, and text that would be a formula begins with an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(cell) for cell in row])
    return out.getvalue()


def _cell(cell: Cell) -> str | int | float:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.isoformat(timespec="milliseconds")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, str):
        return f"'{cell}" if cell.lstrip(" \u00a0").startswith(_FORMULA) else cell
    return cell

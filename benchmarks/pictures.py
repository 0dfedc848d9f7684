"""Draw the README's two pictures from a real run over the seeds: a terminal, and an exported page.

pip install '.[test]', and Chromium as `chromium`
python benchmarks/pictures.py docs/images
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

import pexpect
from PIL import Image
from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).parent.parent
ASSISTANT = [sys.executable, "-m", "assistant"]
COST = "What will the Serrin telescope cost?"
ARRESTS = "Was anyone arrested after the flood?"
SCREEN_LINES, COLUMNS = 50, 96
ASK_TIMEOUT_S = 300
PAGE_PIXELS = (880, 1000)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="where the pictures are written")
    folder = parser.parse_args().folder
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch) / "seeds"
        run([*ASSISTANT, "index", str(ROOT / "seeds"), "--index", str(place)])
        draw_terminal(place, folder / "terminal.svg")
        draw_page(place, Path(scratch), folder / "evidence.png")


def run(command: list[str], typed: str = "", **variables: str) -> None:
    environment = {**os.environ, **variables}
    subprocess.run(command, input=typed, text=True, check=True, cwd=ROOT, env=environment)


def draw_terminal(index: Path, picture: Path) -> None:
    console = Console(record=True, width=COLUMNS, file=open(os.devnull, "w"))  # noqa: SIM115, PTH123
    for question in (COST, ARRESTS):
        console.print(Text.assemble(("$ ", "dim"), f'assistant ask "{question}"'))
        output, status = pexpect.run(
            shlex.join([*ASSISTANT, "ask", question, "--index", str(index)]),
            dimensions=(SCREEN_LINES, COLUMNS),
            cwd=ROOT,
            env={**os.environ, "TERM": "xterm-256color"},
            timeout=ASK_TIMEOUT_S,
            withexitstatus=True,
        )
        if status != 0:
            raise SystemExit(f"{question} was not answered: {output.decode()}")
        console.print(Text.from_ansi("\n".join(screen_lines(output.decode()))), "")
    # The template loads a font from a server: a reader's own monospaced one will do.
    template = re.sub(r"@font-face \{\{.*?\}\}\s*", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    svg = console.export_svg(title="", code_format=template, unique_id="terminal")
    picture.write_text(svg, encoding="utf-8")


def screen_lines(output: str) -> list[str]:
    """The lines that stay on the screen, with their colours, after all cursor movements."""
    lines: list[str] = []
    for line in output.replace("\r\n", "\n").split("\n"):
        for _ in range(line.count("\x1b[1A")):
            lines.pop()
        *_, last = re.split(r"\r|\x1b\[2K", line)
        lines.append(re.sub(r"\x1b\[\?25[lh]", "", last))
    return lines


def draw_page(index: Path, scratch: Path, picture: Path) -> None:
    page, shot = scratch / "page.html", scratch / "page.png"
    typed = f"{COST}\n:export {page}\n"
    home = {"XDG_DATA_HOME": str(scratch), "XDG_STATE_HOME": str(scratch)}
    run([*ASSISTANT, "chat", "--index", str(index)], typed, **home)
    size = ",".join(str(side) for side in PAGE_PIXELS)
    options = ["--headless", "--no-sandbox", "--hide-scrollbars", f"--window-size={size}"]
    run(["chromium", *options, f"--screenshot={shot}", page.as_uri()])
    # Few colours are on the page: a palette halves the file and more.
    with Image.open(shot) as image:
        image.convert("RGB").quantize(48).save(picture, optimize=True)


if __name__ == "__main__":
    main()

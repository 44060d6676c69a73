#!/usr/bin/python3
"""Draws the cost against the size from the tables that bench.py has written.

    cost_svg.py RESULTS SVG

Leaves the picture as it is when the tables do not have it. It needs nothing beside it, and follows
the reader's choice of light and dark.
"""

import html
import math
import pathlib
import re
import sys

WIDTH, HEIGHT = 860, 400
PANEL = 250, 270         # the area of the lines
PLACES = (62, 70), (480, 70)
LABEL_HEIGHT = 14
CLASSES = {"floor": "floor", "ours -c": "ours", "ours --group-by=Identity": "group",
           "ours -c --connections=2": "two", "imaplib, bulk": "imaplib"}

STYLE = """
  svg { --ground: #ffffff; --ink: #1f2328; --muted: #59636e; --grid: #d8dee4;
        --floor: #59636e; --ours: #0550ae; --group: #116329; --two: #8250df; --imaplib: #b35900; }
  @media (prefers-color-scheme: dark) {
    svg { --ground: #0d1117; --ink: #e6edf3; --muted: #9198a1; --grid: #30363d;
          --floor: #9198a1; --ours: #79c0ff; --group: #7ee787; --two: #d2a8ff; --imaplib: #ffa657; }
  }
  .ground { fill: var(--ground); }
  text { font: 12px system-ui, sans-serif; fill: var(--muted); }
  .title { font-size: 14px; font-weight: 600; fill: var(--ink); }
  .grid { stroke: var(--grid); stroke-width: 1; }
  .line { fill: none; stroke-width: 2; stroke-linejoin: round; }
  .floor { stroke: var(--floor); stroke-dasharray: 2 4; } .group { stroke: var(--group); stroke-dasharray: 8 4; }
  .ours { stroke: var(--ours); } .two { stroke: var(--two); } .imaplib { stroke: var(--imaplib); }
  .other { stroke: var(--ink); }
  text.floor { fill: var(--floor); stroke: none; } text.ours { fill: var(--ours); stroke: none; }
  text.group { fill: var(--group); stroke: none; } text.two { fill: var(--two); stroke: none; }
  text.imaplib { fill: var(--imaplib); stroke: none; } text.other { fill: var(--ink); stroke: none; }
"""


def read_table(text, what):
    """(sizes, {name: values}) below "cost against size: WHAT"; None: it is not there."""
    found = re.search(rf"^cost against size: {what}\n(.*\n)((?: +[\d,]+  .*\n)+)", text, re.M)
    if found is None:
        return None
    names = re.split(r"\s{2,}", found[1].strip())[1:]
    lines = [[float(cell.replace(",", "")) for cell in line.split()] for line in found[2].splitlines()]
    return ([line[0] for line in lines],
            {name: [line[i + 1] for line in lines] for i, name in enumerate(names)})


def short(number):
    """As people say it: 10k, 1M."""
    for unit, letter in ((1e6, "M"), (1e3, "k")):
        if number >= unit:
            return f"{number / unit:g}{letter}"
    return f"{number:g}"


class Axis:
    """From numbers to a length; ticks are where lines go."""

    def __init__(self, values, length, logarithmic):
        self.length = length
        self.logarithmic = logarithmic
        low, high = min(values), max(values)
        if logarithmic:
            decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
            self.ticks = [10.0 ** decade for decade in decades]
        else:
            step = next(step for decade in (1, 10, 100, 1000) for step in (decade, 2 * decade, 5 * decade)
                        if high / step <= 6)
            self.ticks = [step * i for i in range(math.ceil(high / step) + 1)]

    def at(self, value):
        first, last, value = (math.log10(number) if self.logarithmic else number
                              for number in (self.ticks[0], self.ticks[-1], value))
        return (value - first) / (last - first) * self.length


def apart(places):
    """Heights of labels, in their order, that do not touch each other."""
    order = sorted(range(len(places)), key=places.__getitem__)
    moved = list(places)
    for before, after in zip(order, order[1:]):
        moved[after] = max(moved[after], moved[before] + LABEL_HEIGHT)
    return moved


def panel(title, table, place, logarithmic):
    sizes, series = table
    (left, top), (width, height) = place, PANEL
    x = Axis(sizes, width, True)
    y = Axis([value for values in series.values() for value in values], height, logarithmic)
    out = [f'<text class="title" x="{left}" y="{top - 22}">{html.escape(title)}</text>']
    for tick in y.ticks:
        at = top + height - y.at(tick)
        out.append(f'<line class="grid" x1="{left}" x2="{left + width}" y1="{at:.1f}" y2="{at:.1f}"/>'
                   f'<text x="{left - 8}" y="{at + 4:.1f}" text-anchor="end">{tick:g}</text>')
    for tick in x.ticks:
        out.append(f'<text x="{left + x.at(tick):.1f}" y="{top + height + 20}" text-anchor="middle">'
                   f"{short(tick)}</text>")
    out.append(f'<text x="{left + width / 2}" y="{top + height + 40}" text-anchor="middle">messages</text>')
    labels = apart([top + height - y.at(values[-1]) for values in series.values()])
    for (name, values), label in zip(series.items(), labels):
        kind = CLASSES.get(name, "other")
        points = " ".join(f"{left + x.at(size):.1f},{top + height - y.at(value):.1f}"
                          for size, value in zip(sizes, values))
        out.append(f'<polyline class="line {kind}" points="{points}"/>'
                   f'<text class="{kind}" x="{left + x.at(sizes[-1]) + 6:.1f}" y="{label + 4:.1f}">'
                   f"{html.escape(name.replace('--group-by=Identity', 'by Identity'))}</text>")
    return "\n".join(out)


def draw(seconds, memory):
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" '
            f'height="{HEIGHT}" role="img">\n<title>Cost of reading a quarantine against its size</title>\n'
            f'<style>{STYLE}</style>\n<rect class="ground" width="{WIDTH}" height="{HEIGHT}"/>\n'
            + panel("Seconds (both axes logarithmic)", seconds, PLACES[0], True) + "\n"
            + panel("Memory, MiB", memory, PLACES[1], False) + "\n</svg>\n")


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    text = pathlib.Path(sys.argv[1]).read_text(encoding="utf-8")
    tables = [read_table(text, what) for what in ("seconds", "MiB")]
    if all(tables):
        pathlib.Path(sys.argv[2]).write_text(draw(*tables), encoding="utf-8")


if __name__ == "__main__":
    main()

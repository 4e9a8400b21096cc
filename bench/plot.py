"""Lines in panels side by side, as SVG."""

COLOURS = ("#1b6ca8", "#c0392b", "#27824b", "#8e44ad")
WIDTH, HEIGHT, LEFT, RIGHT, TOP = 360, 220, 50, 70, 50
LINE_HEIGHT = 12


class Panel:
    """One title, two axes, and lines. Ticks are (value, what is written there), from the axis's beginning to its end."""

    def __init__(self, title, x_ticks, y_ticks):
        self.title, self.x_ticks, self.y_ticks = title, x_ticks, y_ticks
        self.lines = []

    def add(self, label, points):
        """points: [(x, y)], which may lie a little beyond the ticks."""
        self.lines.append((label, points))

    def x(self, value):
        first, last = self.x_ticks[0][0], self.x_ticks[-1][0]
        return LEFT + (WIDTH - LEFT - RIGHT) * (value - first) / ((last - first) or 1)

    def y(self, value):
        first, last = self.y_ticks[0][0], self.y_ticks[-1][0]
        return HEIGHT - (HEIGHT - TOP) * (value - first) / (last - first)

    def svg(self):
        out = [f'<text x="{WIDTH / 2}" y="24" text-anchor="middle" font-weight="bold">{self.title}</text>']
        for value, text in self.y_ticks:
            out.append(f'<path d="M{LEFT} {self.y(value):.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>'
                       f'<text x="{LEFT - 6}" y="{self.y(value) + 4:.1f}" text-anchor="end">{text}</text>')
        out += [f'<text x="{self.x(value):.1f}" y="{HEIGHT + 20}" text-anchor="middle">{text}</text>' for value, text in self.x_ticks]
        places = self.label_places()
        for (label, points), place, colour in zip(self.lines, places, COLOURS):
            where = [(self.x(x), self.y(y)) for x, y in points]
            out.append(f'<polyline points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in where)}" fill="none" stroke="{colour}"'
                       f' stroke-width="1.5"/><text x="{WIDTH - RIGHT + 4}" y="{place + 4:.1f}" fill="{colour}">{label}</text>')
        return "".join(out)

    def label_places(self):
        """The height of each line's label: that of its end, but no two on top of one another."""
        ends = [self.y(points[-1][1]) for _, points in self.lines]
        places, last = [0.0] * len(ends), HEIGHT + LINE_HEIGHT
        for i in sorted(range(len(ends)), key=ends.__getitem__, reverse=True):
            places[i] = last = min(ends[i], last - LINE_HEIGHT)
        return places


def write_svg(path, panels, caption):
    drawn = "".join(f'<g transform="translate({WIDTH * i})">{panel.svg()}</g>' for i, panel in enumerate(panels))
    with open(path, "w", encoding="utf-8") as file:
        file.write(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH * len(panels)} 270" font-family="sans-serif"'
                   f' font-size="11"><rect width="100%" height="100%" fill="#fff"/>{drawn}<text x="{LEFT}" y="262">{caption}</text></svg>\n')

"""Lines in panels side by side, as SVG."""

COLOURS = ("#1b6ca8", "#c0392b", "#27824b", "#8e44ad")
WIDTH, HEIGHT, LEFT, RIGHT, TOP = 340, 220, 50, 50, 50


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
        return LEFT + (WIDTH - LEFT - RIGHT) * (value - first) / (last - first)

    def y(self, value):
        first, last = self.y_ticks[0][0], self.y_ticks[-1][0]
        return HEIGHT - (HEIGHT - TOP) * (value - first) / (last - first)

    def svg(self):
        out = [f'<text x="{WIDTH / 2}" y="24" text-anchor="middle" font-weight="bold">{self.title}</text>']
        for value, text in self.y_ticks:
            out.append(f'<path d="M{LEFT} {self.y(value):.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>'
                       f'<text x="{LEFT - 6}" y="{self.y(value) + 4:.1f}" text-anchor="end">{text}</text>')
        out += [f'<text x="{self.x(value):.1f}" y="{HEIGHT + 20}" text-anchor="middle">{text}</text>' for value, text in self.x_ticks]
        for (label, points), colour in zip(self.lines, COLOURS):
            where = [(self.x(x), self.y(y)) for x, y in points]
            out.append(f'<polyline points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in where)}" fill="none" stroke="{colour}"'
                       f' stroke-width="1.5"/><text x="{where[-1][0] + 4:.1f}" y="{where[-1][1] + 4:.1f}" fill="{colour}">{label}</text>')
        return "".join(out)


def write_svg(path, panels, caption):
    drawn = "".join(f'<g transform="translate({WIDTH * i})">{panel.svg()}</g>' for i, panel in enumerate(panels))
    with open(path, "w", encoding="utf-8") as file:
        file.write(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH * len(panels)} 270" font-family="sans-serif"'
                   f' font-size="11"><rect width="100%" height="100%" fill="#fff"/>{drawn}<text x="{LEFT}" y="262">{caption}</text></svg>\n')

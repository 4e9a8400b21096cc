#!/usr/bin/python3
"""thumbmill preview: local images through a configuration, into one page; without stores, network and credentials."""

import base64
import html.parser
import io
import os
import re
import shutil
import signal
import subprocess
import time
import unittest

from PIL import Image

import harness
from harness import Case, encode, photograph, wait_until, write_config

OUTPUTS = [
    {"name": "large", "width": 300, "height": 300, "format": "jpeg", "quality": 71},
    {"name": "still", "width": 120, "format": "png"},
    {"name": "thumb", "width": 40, "height": 40, "fit": "cover", "format": "webp", "scale": [1, 2]},
]
NAMES = ["large", "still", "thumb", "thumb@2x"]
VOID = {"meta", "img"}


def needs_chromium(test):
    """Leaves a test out where there is no browser, as under scripts/test --portable: a skipped one counts as failed."""
    return test if shutil.which("chromium") else None


class Page(html.parser.HTMLParser):
    """What is on a page; raises when elements are not nested."""

    def __init__(self, text):
        super().__init__()
        self.stack, self.tags, self.ids, self.links, self.images = [], [], [], [], []
        self.text = {}  # of all elements of a kind
        self.feed(text)
        self.close()
        if self.stack:
            raise ValueError(f"not closed: {self.stack}")

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.tags.append(tag)
        self.ids += [attributes["id"]] if "id" in attributes else []
        self.links += [attributes["href"]] if "href" in attributes else []
        self.images += [attributes] if tag == "img" else []
        if tag not in VOID:
            self.stack.append(tag)

    def handle_endtag(self, tag):
        if not self.stack or self.stack.pop() != tag:
            raise ValueError(f"</{tag}> closes nothing")

    def handle_data(self, data):
        for tag in self.stack:
            self.text[tag] = self.text.get(tag, "") + data

    def pictures(self):
        """{alt: image} of everything on it, decoded to the last pixel."""
        found = {}
        for attributes in self.images:
            kind, data = re.fullmatch(r"data:image/([a-z]+);base64,([A-Za-z0-9+/=]+)", attributes["src"]).groups()
            image = Image.open(io.BytesIO(base64.b64decode(data, validate=True)))
            for frame in range(getattr(image, "n_frames", 1)):
                image.seek(frame)
                image.load()
            if image.format.lower() != kind:
                raise ValueError(f"{kind} is {image.format}")
            found[attributes["alt"]] = image
        return found


class TestPreview(Case):
    def setUp(self):
        super().setUp()
        self.bin = harness.BIN
        self.config = os.path.join(self.folder, "photos.yaml")
        self.page_path = os.path.join(self.folder, "preview.html")
        # nobody answers there: a discard port, and an address of documentation
        write_config(self.config, "s3://originals/", "s3://images/", OUTPUTS, s3={"endpoint": "https://192.0.2.1:9"})

    def add(self, name, data):
        with open(os.path.join(self.folder, name), "wb") as file:
            file.write(data)
        return name

    def command(self, *arguments):
        return [os.path.join(self.bin, "thumbmill"), "preview", "-c", self.config, *arguments]

    def preview(self, *arguments, expect=0, before=()):
        """What was said on standard error; on standard output: self.output. before: a command that runs it."""
        ended = subprocess.run([*before, *self.command(*arguments)], capture_output=True, timeout=120,
                               env=harness.clean_environment(), cwd=self.folder, check=False)  # fmt: skip
        self.assertEqual(ended.returncode, expect, ended.stderr.decode())
        self.output = ended.stdout
        return harness.beside_root(ended.stderr.decode())

    def page(self):
        with open(self.page_path, encoding="utf-8") as file:
            text = file.read()
        page = Page(text)
        self.assertEqual(len(page.ids), len(set(page.ids)))
        for link in page.links:
            self.assertIn(link.removeprefix("#"), page.ids)
        self.assertNotIn("script", page.tags)
        self.assertNotRegex(text, r"https?://")
        return page

    def test_every_output_of_every_image_is_on_the_page(self):
        image = photograph(0, 900)
        exif = Image.Exif()
        exif[0x112] = 6
        frames = [photograph(number, 200).resize((90, 60)) for number in range(3)]
        gif = io.BytesIO()
        frames[0].save(gif, "GIF", save_all=True, append_images=frames[1:], duration=100)
        names = [
            self.add("photo.jpg", encode(image, "jpeg")),
            self.add("turned.jpg", encode(image, "jpeg", exif=exif)),
            self.add("moves.gif", gif.getvalue()),
        ]
        said = self.preview(*names)
        self.assertEqual(said, "")
        self.assertRegex(self.output.decode(), r"^preview\.html: 3 images, 0 failed, ")
        page = self.page()
        pictures = page.pictures()
        self.assertEqual(set(pictures), {f"{output} of {name}" for output in ["source", *NAMES] for name in names})
        sizes = {name: pictures[f"{name} of photo.jpg"].size for name in NAMES}
        scale = 300 / image.width
        self.assertEqual(sizes["large"], (300, round(image.height * scale)))
        self.assertEqual((sizes["thumb"], sizes["thumb@2x"]), ((40, 40), (80, 80)))
        self.assertEqual(pictures["large of turned.jpg"].size, tuple(reversed(sizes["large"])))
        self.assertEqual(pictures["thumb of moves.gif"].n_frames, 3)
        self.assertEqual(getattr(pictures["source of moves.gif"], "n_frames", 1), 1)
        self.assertLessEqual(max(pictures["source of photo.jpg"].size), 480)
        for attributes in page.images:  # a browser keeps their places free
            size = pictures[attributes["alt"]].size
            self.assertEqual((int(attributes["width"]), int(attributes["height"])), size)
        self.assertIn("71", page.text["td"])
        self.assertIn(f"{image.width}\xa0×\xa0{image.height}", page.text["td"])
        self.assertIn("large -> large/photo.jpg: ", page.text["pre"])
        self.assertIn("orientation 6", page.text["pre"])

    def test_the_outputs_are_those_that_a_run_makes(self):
        """Byte for byte: what else is on the page does not change them."""
        originals, images = os.path.join(self.folder, "originals"), os.path.join(self.folder, "images")
        os.mkdir(originals)
        os.mkdir(images)
        name = self.add("originals/photo.jpg", encode(photograph(1, 1200), "jpeg"))
        write_config(self.config, f"file://{originals}/", f"file://{images}/", OUTPUTS)
        self.preview(name)
        self.run_to_end(self.config)
        embedded = {}
        for attributes in self.page().images:
            embedded[attributes["alt"].split(" of ")[0]] = base64.b64decode(attributes["src"].split(",")[1])
        for output, made in zip(NAMES, ("large/photo.jpg", "still/photo.png", "thumb/photo.webp", "thumb@2x/photo.webp")):
            with open(os.path.join(images, made), "rb") as file:
                self.assertEqual(embedded[output], file.read(), output)

    def test_what_is_wrong_is_shown_with_its_reason(self):
        good = encode(photograph(2, 400), "jpeg")
        self.add("good.jpg", good)
        self.add("cut.jpg", good[: len(good) // 2])
        self.add("text.jpg", b"no picture")
        self.add("empty.jpg", b"")
        self.add("profile.jpg", encode(photograph(3, 400), "jpeg", icc_profile=b"this is no profile" * 20))
        os.mkdir(os.path.join(self.folder, "folder.jpg"))
        names = ["cut.jpg", "text.jpg", "empty.jpg", "folder.jpg", "missing.jpg", "profile.jpg", "good.jpg"]
        said = self.preview(*names, expect=1)
        self.assertIn(b"7 images, 5 failed", self.output)
        page = self.page()
        made = {alt.split(" of ")[1] for alt in page.pictures() if not alt.startswith("source")}
        self.assertEqual(made, {"profile.jpg", "good.jpg"})
        text = page.text["p"]
        for words in ("not an image", "folder.jpg: not a regular file", "missing.jpg: No such file", "colour profile"):
            self.assertIn(words, text)
        for name in names[:-1]:
            self.assertIn(f"file={name}", said)
        self.assertNotIn("good.jpg", said)

    def test_what_fails_says_what_a_run_says(self):
        """A limit of one output fails that one; the source and the others are shown."""
        originals = os.path.join(self.folder, "originals")
        os.mkdir(originals)
        os.mkdir(os.path.join(self.folder, "images"))
        data = encode(photograph(3, 700), "jpeg")
        self.add("originals/cut.jpg", data[: len(data) // 2])
        self.add("originals/photo.jpg", data)
        outputs = [*OUTPUTS, {"name": "tiny", "width": 400, "format": "webp", "max_bytes": 100}]
        write_config(self.config, f"file://{originals}/", f"file://{self.folder}/images/", outputs)
        self.preview("originals/cut.jpg", "originals/photo.jpg", expect=1)
        page = self.page()
        shown = [name for name in page.pictures() if name.endswith("photo.jpg")]
        self.assertEqual(shown, list(page.pictures()), "nothing of the one that is cut")
        self.assertIn("source of photo.jpg", shown)
        self.assertIn("large of photo.jpg", shown)
        self.assertNotIn("tiny of photo.jpg", shown)
        self.assertIn("tiny: ", page.text["p"])
        failures = self.run_to_end(self.config, expect=1).report["failures"]
        self.assertEqual(len(failures), 2)
        for failure in failures:
            self.assertIn(failure["reason"], page.text["p"])

    def test_hostile_names_stay_names(self):
        image = encode(photograph(4, 200), "jpeg")
        names = ['"><script>alert(1)<', "a&amp;b.jpg", "new\nline.jpg", b"not-utf8-\xff.jpg", "--", "-o", "100%s%n.jpg"]
        for name in names:
            with open(os.path.join(os.fsencode(self.folder), os.fsencode(name)), "wb") as file:
                file.write(image)
        self.preview("--", *names)
        page = self.page()
        shown = page.text["h2"]
        for text in ('"><script>alert(1)<', "a&amp;b.jpg", r"new\nline.jpg", r"not-utf8-\xff.jpg", "--", "-o", "100%s%n.jpg"):
            self.assertIn(text, shown)
        self.assertEqual(len(page.pictures()), len(names) * (len(NAMES) + 1))

    def test_names_are_relative_to_the_common_folder(self):
        for path in ("deep/er/a.jpg", "deep/er/b.jpg", "deep/c.jpg"):
            os.makedirs(os.path.dirname(os.path.join(self.folder, path)), exist_ok=True)
            self.add(path, encode(photograph(1, 100), "jpeg"))
        for given, shown in ((["deep/er/a.jpg"], ["a.jpg"]), (["deep/er/a.jpg", "deep/er/b.jpg"], ["a.jpg", "b.jpg"]),
                             (["deep/er/a.jpg", "./deep//c.jpg"], ["er/a.jpg", "c.jpg"]),
                             ([os.path.join(self.folder, "deep/er/b.jpg"), "deep/c.jpg"], ["er/b.jpg", "c.jpg"]),
                             (["deep/c.jpg", "deep/c.jpg"], ["c.jpg", "c.jpg"])):
            self.preview(*given)
            with open(self.page_path, encoding="utf-8") as file:
                self.assertEqual(re.findall("<h2><bdi>(.*?)</bdi></h2>", file.read()), shown)
        self.add("bad.jpg", b"nothing")
        self.assertIn("file=deep/../bad.jpg", self.preview("deep/../bad.jpg", "deep/c.jpg", expect=1), "the log has what was given")

    @needs_chromium
    def test_no_picture_is_cut_at_the_right_edge(self):
        """At 1280 pixels, three outputs and pictures of many shapes: on the sheet, and when one is opened."""
        outputs = [{"name": "large", "width": 1600, "height": 1600, "fit": "inside", "format": "jpeg"},
                   {"name": "medium", "width": 800, "height": 800, "fit": "inside", "format": "webp"},
                   {"name": "thumb", "width": 256, "height": 256, "fit": "cover", "format": "webp"}]
        write_config(self.config, "s3://originals/", "s3://images/", outputs, s3={"endpoint": "https://192.0.2.1:9"})
        names = [self.add(f"{width}x{height}.jpg", encode(photograph(1, 2000).resize((width, height)), "jpeg"))
                 for width, height in ((2000, 1125), (2000, 400), (400, 2000), (1500, 2000), (2000, 2000), (60, 40))]
        self.preview(*names)
        with open(self.page_path, encoding="utf-8") as file:
            page = file.read()
        script = """<script>onload = () => document.title = "RESULT " + [...document.images].filter(i => {
            const edge = (i.closest(":target") ? document.documentElement : i.closest(".outputs") || i.closest(".pictures"))
            return i.getBoundingClientRect().right > edge.getBoundingClientRect().right + 0.5
        }).map(i => i.alt) + "." + innerWidth + "." + document.images.length</script></head>"""
        with open(self.page_path, "w", encoding="utf-8") as file:
            file.write(page.replace("style-src", "script-src 'unsafe-inline'; style-src", 1).replace("</head>", script, 1))
        for opened in ("", "#image-1-1", "#image-2-1", "#image-3-1"):
            shown = subprocess.run(["chromium", "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={self.folder}/chromium",
                                    "--window-size=1280,800", "--virtual-time-budget=3000", "--dump-dom", f"file://{self.page_path}{opened}"],
                                   capture_output=True, text=True, timeout=120, check=False).stdout
            title = re.search("<title>(.*?)</title>", shown, re.S).group(1)
            self.assertEqual(title, f"RESULT .1280.{4 * len(names)}", opened)

    def test_needs_no_network_and_no_supervisor(self):
        self.add("photo.jpg", encode(photograph(5, 300), "jpeg"))
        self.bin = os.path.join(self.folder, "bin")
        os.mkdir(self.bin)
        for name in ("thumbmill", "thumbmill-imager"):
            shutil.copy2(os.path.join(harness.BIN, name), self.bin)
        self.preview("photo.jpg", before=["unshare", "-n" if os.geteuid() == 0 else "-rn"])
        self.assertEqual(len(self.page().pictures()), len(NAMES) + 1)

    def test_the_page_goes_where_it_is_sent(self):
        self.add("photo.jpg", encode(photograph(6, 200), "jpeg"))
        self.preview("photo.jpg", "-o", "-")
        self.assertFalse(os.path.exists(self.page_path))
        self.assertEqual(len(Page(self.output.decode()).pictures()), len(NAMES) + 1)
        self.preview("-o", "/dev/stdout", "photo.jpg")
        self.assertTrue(self.output.startswith(b"<!DOCTYPE html>"))
        self.assertTrue(self.output.endswith(b"</html>\n"), "nothing but the page")
        self.assertTrue(os.path.islink("/dev/stdout"))
        os.symlink("linked.html", os.path.join(self.folder, "link"))
        self.preview("-o", "link", "photo.jpg")
        self.assertEqual(os.readlink(os.path.join(self.folder, "link")), "linked.html")
        with open(os.path.join(self.folder, "linked.html"), "rb") as file:
            self.assertTrue(file.read().startswith(b"<!DOCTYPE html>"))
        os.mkfifo(os.path.join(self.folder, "fifo"))
        self.assertIn("no process reads from this FIFO", self.preview("-o", "fifo", "photo.jpg", expect=1))
        self.page_path = os.path.join(self.folder, "other.html")
        self.preview("--output", "other.html", "photo.jpg")
        self.page()

    def test_bad_usage(self):
        self.add("photo.jpg", encode(photograph(7, 200), "jpeg"))
        self.assertIn("IMAGE is missing", self.preview(expect=2))
        self.assertIn("no/where", self.preview("photo.jpg", "-o", "no/where/page.html", expect=2))
        self.assertIn("Unknown option", self.preview("--nonsense", "photo.jpg", expect=2))
        with open(self.config, "a", encoding="utf-8") as file:
            file.write("nonsense: 1\n")
        self.assertRegex(self.preview("photo.jpg", expect=2), r"photos\.yaml:\d+:\d+: ")
        self.assertFalse(os.path.exists(self.page_path))

    @staticmethod
    def imagers_at_work():
        """Those that hold a source."""
        found = []
        for pid in harness.processes("thumbmill-imager"):
            try:
                links = [os.readlink(entry.path) for entry in os.scandir(f"/proc/{pid}/fd")]
            except OSError:  # it came or went meanwhile
                continue
            found += [pid] if any(link.startswith("/memfd:source") for link in links) else []
        return found

    def imagers_that_render(self):
        """Those that have held one for a while: to look at its header only takes no time."""
        before = self.imagers_at_work()
        time.sleep(0.15)
        return [pid for pid in self.imagers_at_work() if pid in before]

    def test_an_imager_that_is_killed_costs_its_image_only(self):
        self.add("slow.png", harness.slow_png(9000, 9000))
        self.add("photo.jpg", encode(photograph(8, 200), "jpeg"))
        with subprocess.Popen(self.command("slow.png", "photo.jpg"), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              env=harness.clean_environment(), cwd=self.folder) as child:  # fmt: skip
            os.kill(wait_until(self.imagers_that_render, 30)[0], signal.SIGKILL)
            _, said = child.communicate(timeout=120)
        self.assertEqual(child.returncode, 1, said)
        self.assertIn(b"file=slow.png class=crash", said)
        self.assertIn("large of photo.jpg", self.page().pictures())

    def test_a_page_that_gets_too_large_is_refused(self):
        """None is left behind, and what was there stays."""
        noise = Image.frombytes("RGB", (2600, 2600), os.urandom(2600 * 2600 * 3))
        self.add("noise.png", encode(noise, "png"))
        outputs = [{"name": f"n{i}", "width": 2600, "format": "tiff"} for i in range(12)]
        write_config(self.config, "s3://originals/", "s3://images/", outputs, workers={"task_timeout": "5m"})
        self.add("preview.html", b"an earlier one")
        said = self.preview("noise.png", expect=2)
        self.assertIn("noise.png", said)
        self.assertIn("268.4 MB", said)
        self.assertEqual(sorted(os.listdir(self.folder)), ["noise.png", "photos.yaml", "preview.html"])
        with open(self.page_path, "rb") as file:
            self.assertEqual(file.read(), b"an earlier one")


if __name__ == "__main__":
    unittest.main()

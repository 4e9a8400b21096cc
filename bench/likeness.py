"""How many bytes a contestant's outputs have, and how alike they are to one reference for all contestants.

The references are made by Pillow from each whole source, with Lanczos, and stored without loss. Contestants store
their outputs in the folder that the environment names as BENCH_MADE: output N as N/NAME-OF-SOURCE."""

import os
import shutil
import subprocess

INSIDE, COVER = "inside", "cover"


def reference(image, side, fit):
    from PIL import Image, ImageOps

    if fit == COVER:
        return ImageOps.fit(image, (side, side), Image.Resampling.LANCZOS)
    scale = min(1, side / max(image.size))
    return image.resize([round(length * scale) for length in image.size], Image.Resampling.LANCZOS)


def make_references(folder, sources, outputs):
    """outputs: [(side, fit)]. References that exist are kept."""
    from PIL import Image

    for source in sources:
        paths = [os.path.join(folder, str(number), os.path.basename(source)) for number in range(len(outputs))]
        if all(os.path.exists(path) for path in paths):
            continue
        image = Image.open(source).convert("RGB")
        for path, (side, fit) in zip(paths, outputs):
            os.makedirs(os.path.dirname(path), exist_ok=True)
            reference(image, side, fit).save(path, "PNG", compress_level=1)


def make_room(made, count):
    """Empty folders for count outputs of each source."""
    shutil.rmtree(made, True)
    for number in range(count):
        os.makedirs(os.path.join(made, str(number)))


def judge(binaries, made, references):
    """(bytes of all outputs, mean structural similarity of their luma), or None if nothing was stored. Outputs whose
    dimensions were rounded otherwise (by a pixel) count as bytes only.

    references: the folder of each output's references."""
    names = [os.path.join(folder, name) for folder, _, found in os.walk(made) for name in found]
    if not names:
        return None
    similarities = []
    for number, folder in enumerate(references):
        done = subprocess.run([os.path.join(binaries, "bench_alike"), os.path.join(made, str(number)), folder, "0"],
                              stdout=subprocess.PIPE, text=True, check=False)
        summary = next((line for line in done.stdout.splitlines() if " pictures, mean " in line), None)
        if summary is None:
            raise SystemExit(f"bench: outputs cannot be compared with {folder}:\n{done.stdout}")
        similarities.append(float(summary.split(" mean ")[1].split(",")[0]))
    return sum(os.path.getsize(name) for name in names), sum(similarities) / len(similarities)

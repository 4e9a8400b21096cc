// The outputs of bench/images and bench/run made with sharp:
//
//   node images_in_sharp.js SHARP separate|shared|careful|careful-shared mixed|SIZE[,SIZE...] FILE...
//   node images_in_sharp.js SHARP versions
//
// SHARP is the folder of its module. separate: a decode per output, as sharp has it. shared: one decode by hand: the
// pixels of the first and largest output, from which the others are resized. careful: fastShrinkOnLoad is off, so that the
// decoder leaves a factor of two to be resized, as libvips and thumbmill have it; else it may leave nearly nothing.
// mixed: the outputs of bench/run; sizes: those of bench/images. Where the environment has BENCH_MADE, a folder, output N is stored as BENCH_MADE/N/NAME-OF-FILE.
const fs = require("fs");
const path = require("path");

const [folder, mode, sizes, ...files] = process.argv.slice(2);
const sharp = require(folder);

sharp.concurrency(1);
sharp.cache(false);

// optimiseCoding: a second pass over the output's coefficients, which no other contestant makes
const jpeg = (image) => image.jpeg({ quality: 80, optimiseCoding: false });
const webp = (image) => image.webp({ quality: 80 });
const inside = (side, encode) => ({ side, fit: "inside", encode });

const outputs = () =>
  sizes === "mixed"
    ? [inside(1600, jpeg), inside(800, webp), { side: 256, fit: "cover", encode: webp }]
    : sizes.split(",").map((side) => inside(Number(side), jpeg));

const fastShrinkOnLoad = !mode.startsWith("careful");
const resized = (image, { side, fit }) =>
  image.resize({ width: side, height: side, fit, withoutEnlargement: true, fastShrinkOnLoad });

async function keep(image, number, file) {
  const bytes = await image.toBuffer();
  if (process.env.BENCH_MADE)
    fs.writeFileSync(path.join(process.env.BENCH_MADE, String(number), path.basename(file)), bytes);
}

async function separate(file, list) {
  const bytes = fs.readFileSync(file);
  for (const [number, output] of list.entries())
    await keep(output.encode(resized(sharp(bytes), output)), number, file);
}

async function shared(file, list) {
  const bytes = fs.readFileSync(file);
  const { data, info } = await resized(sharp(bytes), list[0]).raw().toBuffer({ resolveWithObject: true });
  const raw = { width: info.width, height: info.height, channels: info.channels };
  for (const [number, output] of list.entries()) {
    const base = sharp(data, { raw });
    await keep(output.encode(number === 0 ? base : resized(base, output)), number, file);
  }
}

async function main() {
  if (mode === "versions") {
    console.log(JSON.stringify({ node: process.versions.node, ...sharp.versions }));
    return;
  }
  const make = { separate, shared, careful: separate, "careful-shared": shared }[mode];
  for (const file of files) await make(file, outputs());
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});

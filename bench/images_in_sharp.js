// The outputs of bench/images made with sharp: node images_in_sharp.js SHARP SIZE[,SIZE...] FILE...
// SHARP is the folder of its module. A decode per output, as sharp has it.
const fs = require("fs");

const [folder, sizes, ...files] = process.argv.slice(2);
const sharp = require(folder);

sharp.concurrency(1);
sharp.cache(false);

async function main() {
  for (const file of files) {
    const bytes = fs.readFileSync(file);
    for (const side of sizes.split(",").map(Number))
      // optimiseCoding: a second pass over the output's coefficients, which no other contestant makes
      await sharp(bytes)
        .resize({ width: side, height: side, fit: "inside", withoutEnlargement: true })
        .jpeg({ quality: 80, optimiseCoding: false })
        .toBuffer();
  }
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});

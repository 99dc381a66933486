#!/usr/bin/env bash
# MurmurHash3_x86_128, as murmurhash3js-revisited 3.0.0 (npm) and mmh3 5.3.1 (PyPI, x64arch=False) have it.
#
# Guess: of 600,000 ids of 27 characters no two have one hash of 128 bits; the chance is about 10^-27.
# Seen: 12 do, of ids order-NNNNNN-online-shop-NN, and one of an example pair would be taken for the other. The first number's last four digits are the
# third of four lanes of a whole block, and the second number is in the third lane of what is left at the end, which the algorithm puts to
# the lanes without mixing them: where two numbers differ so, a chance of 2^-32 is left. Shifted by a character it has none, and the x64
# variant has none.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund murmurhash3js-revisited@3.0.0
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check mmh3==5.3.1
cat >ids.cjs <<'JS'
const { x86, x64 } = require("murmurhash3js-revisited");
const encoder = new TextEncoder();
const count = (start, hash) => {
  const [seen, pairs] = [new Map(), []];
  for (let order = 0; order < 60_000; order++) {
    for (let line = 10; line < 20; line++) {
      const id = `${start}-${String(order).padStart(6, "0")}-online-shop-${line}`;
      const key = hash(encoder.encode(id));
      if (seen.has(key)) pairs.push([seen.get(key), id]);
      else seen.set(key, id);
    }
  }
  return pairs;
};
const pairs = count("order", x86.hash128);
console.log(pairs.length, count("orders", x86.hash128).length, count("order", x64.hash128).length, pairs[0].join(" "));
JS
seen=$(node --max-old-space-size=3000 ids.cjs)
echo "javascript: $seen"
read -r collisions shifted x64 first second <<<"$seen"
same=$(python/bin/python -c "
import sys, mmh3
print(mmh3.hash128(sys.argv[1], 0, False) == mmh3.hash128(sys.argv[2], 0, False), mmh3.hash128(sys.argv[1], 0, True) == mmh3.hash128(sys.argv[2], 0, True))" "$first" "$second")
echo "python, $first and $second are one: x86 and x64 $same"
[ "$collisions $shifted $x64 $same" = "12 0 0 True False" ]

#!/bin/bash
# Puts @tensorflow/tfjs-node into node_modules without its install script, which downloads libtensorflow from a host
# that is not a package registry. The library and its C headers come from TensorFlow's Python wheel instead, and the
# addon is built here. Linux on x64; needs g++, unzip, Node's headers (beside node, or NODE_HEADERS) and pip (PIP).
# Then `npm run test:tensorflow`. To take it out again: npm ci.
set -euo pipefail
cd "$(dirname "$0")/../.."

package_version=4.22.0
# tfjs-node 4.22 is made for 2.9.1, whose wheel hides the C interface in a library that needs Python. This is the first
# wheel but one that has it in a library of its own; the C interface is stable.
tensorflow_version=2.13.1
package=node_modules/@tensorflow/tfjs-node
pip=${PIP:-pip}
headers=${NODE_HEADERS:-$(dirname "$(dirname "$(readlink -f "$(command -v node)")")")/include/node}
[ -f "$headers/node_api.h" ] || { echo "no node_api.h in $headers: set NODE_HEADERS" >&2; exit 1; }

npm install --no-save --ignore-scripts --no-audit --no-fund "@tensorflow/tfjs-node@$package_version"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$pip" download --no-deps --only-binary=:all: --python-version 3.11 --platform manylinux_2_17_x86_64 \
  --dest "$work" "tensorflow-cpu==$tensorflow_version"
unzip -q "$work"/tensorflow_cpu-*.whl 'tensorflow/libtensorflow_*' 'tensorflow/include/tensorflow/*' \
  'tensorflow/include/external/*' -d "$work"
mkdir -p "$package/deps/lib" "$package/lib/napi-v8"
mv "$work"/tensorflow/libtensorflow_*.so.2 "$package/deps/lib/"

g++ -O2 -std=c++17 -shared -fPIC -DNAPI_VERSION=8 \
  -I "$headers" -I "$work/tensorflow/include" \
  "$package/binding/tfjs_backend.cc" "$package/binding/tfjs_binding.cc" \
  -L "$package/deps/lib" -l:libtensorflow_cc.so.2 -l:libtensorflow_framework.so.2 \
  '-Wl,-rpath,$ORIGIN/../../deps/lib' -o "$package/lib/napi-v8/tfjs_binding.node"

node -e "
const tf = require('@tensorflow/tfjs-node')
console.log(tf.getBackend(), tf.backend().binding.TF_Version, tf.matMul([[1, 2]], [[3], [4]]).dataSync()[0] === 11)"

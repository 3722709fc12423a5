"""Would float16 make a training step faster? Times what a step is made of in both precisions, on ONNX Runtime's CPU.

    pip install numpy onnx onnxruntime
    python test/bench/half-precision.py

The graph: twelve gated layers of a conditioner (128 channels, kernel 3) on a batch of 8 crops of 32 mel frames, and the
products of their gradient, which have the same shapes transposed. One thread; the best of 20 runs, taken by turns.
"""

import time

import numpy as np
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

ROWS, CHANNELS, LAYERS, RUNS = 512, 128, 12, 20
TYPES = {"float32": (TensorProto.FLOAT, np.float32), "float16": (TensorProto.FLOAT16, np.float16)}


def graph(name):
    kind, dtype = TYPES[name]
    random = np.random.default_rng(0)
    nodes, weights, current = [], [], "x"
    for i in range(LAYERS):
        taps = random.normal(size=(3 * CHANNELS, 2 * CHANNELS), scale=0.05).astype(dtype)
        back = random.normal(size=(CHANNELS, 3 * CHANNELS), scale=0.05).astype(dtype)
        weights += [numpy_helper.from_array(taps, f"taps{i}"), numpy_helper.from_array(back, f"back{i}")]
        nodes += [
            helper.make_node("MatMul", [current, f"taps{i}"], [f"a{i}"]),
            helper.make_node("Split", [f"a{i}"], [f"filter{i}", f"gate{i}"], axis=1, num_outputs=2),
            helper.make_node("Tanh", [f"filter{i}"], [f"tanh{i}"]),
            helper.make_node("Sigmoid", [f"gate{i}"], [f"sigmoid{i}"]),
            helper.make_node("Mul", [f"tanh{i}", f"sigmoid{i}"], [f"product{i}"]),
            helper.make_node("MatMul", [f"product{i}", f"back{i}"], [f"b{i}"]),
            helper.make_node("Add", [current, f"b{i}"], [f"sum{i}"]),
            # The gradient of a weight: inputs transposed times outputs.
            helper.make_node("Transpose", [current], [f"t{i}"], perm=[1, 0]),
            helper.make_node("MatMul", [f"t{i}", f"a{i}"], [f"gradient{i}"]),
        ]
        current = f"sum{i}"
    outputs = [helper.make_tensor_value_info(current, kind, [ROWS, 3 * CHANNELS])]
    outputs += [
        helper.make_tensor_value_info(f"gradient{i}", kind, [3 * CHANNELS, 2 * CHANNELS]) for i in range(LAYERS)
    ]
    inputs = [helper.make_tensor_value_info("x", kind, [ROWS, 3 * CHANNELS])]
    model = helper.make_model(
        helper.make_graph(nodes, name, inputs, outputs, weights),
        opset_imports=[helper.make_opsetid("", 18)],
        ir_version=9,
    )
    return model.SerializeToString()


def main():
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    sessions = {
        name: onnxruntime.InferenceSession(graph(name), options, providers=["CPUExecutionProvider"]) for name in TYPES
    }
    best = dict.fromkeys(TYPES, float("inf"))
    for _ in range(RUNS):
        for name, (_, dtype) in TYPES.items():
            x = np.full((ROWS, 3 * CHANNELS), 0.1, dtype)
            start = time.perf_counter()
            sessions[name].run(None, {"x": x})
            best[name] = min(best[name], time.perf_counter() - start)
    for name, seconds in best.items():
        print(f"{name}: {1000 * seconds:.1f} ms")
    print(f"float16 takes {best['float16'] / best['float32']:.2f} times as long")


if __name__ == "__main__":
    main()

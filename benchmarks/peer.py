"""PyTorch's side: pytorch_peer.py, its presets, and processes that run it."""
import ast
import json
import pathlib
import subprocess

SCRIPT = pathlib.Path(__file__).resolve().parent / "pytorch_peer.py"
OPTIONS = ("what", "model", "segments", "tokens", "steps", "unroll", "rank", "optimizer", "answer", "microbatch",
           "threads", "repeats")


def presets():
    """Read from the source: importing it would need torch, and run it."""
    for node in ast.parse(SCRIPT.read_text()).body:
        if isinstance(node, ast.Assign) and node.targets[0].id == "PRESETS":
            return {key.value: {field.arg: field.value.value for field in value.keywords}
                    for key, value in zip(node.value.keys, node.value.values)}
    raise LookupError(f"{SCRIPT}: no PRESETS")


def require_torch(python):
    if subprocess.run([python, "-c", "import torch"], capture_output=True).returncode:
        raise SystemExit(f"{python} has no PyTorch, which the comparison is with. Install it (pip install torch), or name "
                         "another Python that has it with --python or the environment variable PYTHON.")


def device(python, device):
    """What PyTorch computes on, in words. Ends the program, and says what to do, if it can't compute there."""
    require_torch(python)
    if device == "cpu":
        return "CPU"
    done = subprocess.run([python, "-c", "import torch; print(torch.cuda.get_device_name())"], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"PyTorch can't compute on a GPU ({done.stderr.strip().splitlines()[-1]}). Install one that is built for "
                         "CUDA 13 (pip install --force-reinstall torch), or name another Python that has it with --python or the "
                         "environment variable PYTHON.")
    return done.stdout.strip()


def run(python, options):
    """One process, from start to end: what it measured of itself."""
    flags = [text for key in OPTIONS for text in (f"--{key}", str(options[key]))]
    where = [options[key] for key in ("device", "products", "peer")]
    script = [SCRIPT] if where == ["cpu", "float32", "eager"] else [SCRIPT.with_name("pytorch_device.py"), *where]
    done = subprocess.run([python, *map(str, script), *flags], stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])

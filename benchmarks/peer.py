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


def run(python, options):
    """One process, from start to end: what it measured of itself."""
    flags = [text for key in OPTIONS for text in (f"--{key}", str(options[key]))]
    done = subprocess.run([python, str(SCRIPT), *flags], stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])

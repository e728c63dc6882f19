#!/usr/bin/env python3
"""Checks Perk4J on this machine's first GPU, with what tools/gpu-check packed around this script; prints one table.

    gpu-check/run                          # at most 6 minutes
    gpu-check/run --only contracts,decode  # these alone; a name such as decode stands for all that begin with it
    gpu-check/run --device cpu             # checks the script itself where there is no GPU, on tiny models

Runs the contract of backends, then the comparisons with PyTorch, then the quickstart and a short training: the same results, and
how fast, in what memory? What finds no time any more is in the table as not run. All that each step printed is in the folder of
logs, and what the training made. Exits with 1 if a step failed, and with 3 where there is no GPU: then one line says what is
missing. Needs Python 3.9 with PyTorch for CUDA 13, and NVIDIA's driver.
"""
import argparse
import importlib.util
import json
import os
import pathlib
import re
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
STEPS = ("contracts", "compare-eager", "compare-compiled", "decode-1", "decode-8", "decode-64", "encode", "doctor", "quickstart",
         "train", "compare-tfloat32", "compare-bfloat16", "compare-func", "compare-compiled-tfloat32", "compare-compiled-bfloat16",
         "compare-tiny")
JOB = {
    "base": "base", "adapter": {"type": "lora", "rank": 64, "alpha": 64, "rankStabilized": False},
    "optimizer": {"type": "sgd"},
    "objective": {"type": "perk", "steps": 2, "learningRate": 0.015, "bound": 0.05, "microBatchTokens": 16384},
    "stages": [{"steps": 0, "episodes": 4, "task": {"type": "student-records", "seed": 1, "minimumRecords": 2, "records": 6,
                                                    "questions": 25}}],
    "outer": {"learningRate": 1e-3, "rateScale": 3, "weightDecay": 0, "clipEpisode": 8},
    "validation": {"every": 1000, "episodes": 4, "answers": 8}, "seed": 1,
}


class Check:
    """The steps, one after another, within a time."""

    def __init__(self, options, backend):
        self.device = options.device
        self.backend = backend
        self.logs = options.logs.resolve()
        self.only = options.only
        self.end = time.monotonic() + options.seconds
        self.rows = []
        self.failed = False

    def step(self, key, name, command, most, read):
        """Runs a command, if its key is among the steps to run; ``read`` makes cells of the table of what it printed: (result,
        PyTorch, Perk4J, ratio, memory)."""
        if key not in self.only:
            return
        left = min(most, self.end - time.monotonic())
        if left < 5:
            self.row(name, "not run: no time left")
            return
        begun = time.monotonic()
        log = self.logs / (re.sub(r"\W+", "-", name).strip("-") + ".log")
        try:
            done = subprocess.run(list(map(str, command)), cwd=HERE, timeout=left, text=True,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            output, code = done.stdout, done.returncode
        except subprocess.TimeoutExpired as e:
            output, code = (e.stdout or b"").decode(errors="replace"), None
        log.write_text(output)
        seconds = time.monotonic() - begun
        if code is None:
            self.row(name, f"stopped after {seconds:.0f} s", seconds=seconds)
        elif code == 0:
            self.row(name, *self.cells(read, output), seconds=seconds)
        else:
            self.failed = True
            last = ([line for line in output.splitlines() if line.strip()] or ["nothing was printed"])[-1]
            self.row(name, f"FAILED ({code}): {last.strip()[:80]}", seconds=seconds)

    def cells(self, read, output):
        try:
            return read(output)
        except (ValueError, KeyError, IndexError, AttributeError) as e:
            self.failed = True
            return (f"FAILED: its output can't be read ({e!r})",)

    def row(self, name, result, theirs="", ours="", ratio="", memory="", seconds=0):
        self.rows.append((name, result, theirs, ours, ratio, memory, f"{seconds:.0f}"))
        print(f"{name}: {result} {theirs} {ours} {ratio} {memory}".rstrip(), file=sys.stderr, flush=True)

    def table(self):
        head = ("what", "result", "PyTorch", "Perk4J", "ratio", "memory ratio", "s")
        lines = ["| " + " | ".join(head) + " |", "| --- | --- | ---: | ---: | ---: | ---: | ---: |"]
        lines += ["| " + " | ".join(map(str, row)) + " |" for row in self.rows]
        return "\n".join(lines)


def cuda_libraries():
    """Those that the wheels of PyTorch brought; None if there are none."""
    found = importlib.util.find_spec("nvidia")
    for folder in (found.submodule_search_locations if found else ()):
        libraries = pathlib.Path(folder, "cu13/lib")
        if libraries.is_dir():
            return str(libraries)
    return None


def prepare():
    """What each process needs to know: where this is unpacked, and where CUDA is."""
    cuda = [folder for folder in [os.environ.get("LD_LIBRARY_PATH"), cuda_libraries()] if folder]
    os.environ.update(JAVA_HOME=str(HERE / "jre"), PYTHON=sys.executable, LD_LIBRARY_PATH=os.pathsep.join(cuda))
    jars = sorted((HERE / "benchmarks/jars").glob("*.jar"))
    (HERE / "benchmarks/target/classpath").write_text(os.pathsep.join(map(str, jars)))
    sys.path.insert(0, str(HERE / "benchmarks"))


def backend(device):
    """The one to check: CUDA's, or with the device "cpu" that for tests if there is no GPU, nor an emulation of one. Ends the
    program where there should be one."""
    import perk4j
    perk4j.build()  # unpacks what is nested in bundles
    done = perk4j.process("org.perk4j.benchmarks.Platform", ["cuda"], 2, "cuda")
    if done.returncode == 0:
        print(f"on {done.stdout.strip()}", file=sys.stderr)
        return "cuda"
    if device == "cpu":
        return "java"
    print(f"gpu-check: there is no GPU to check: {perk4j.complaint(done)}", file=sys.stderr)
    sys.exit(done.returncode)


def last_json(output):
    return json.loads([line for line in output.splitlines() if line.startswith("{")][-1])


def contracts(output):
    count = lambda what: int(re.search(rf"\[\s*(\d+) tests {what}\s*\]", output).group(1))
    passed, failed = count("successful"), count("failed")
    if passed == 0:
        raise ValueError("no test passed")
    return (f"{passed} passed, {failed} failed",)


def skipped(output):
    return ("skipped: no GPU",)


def compared(output):
    found = last_json(output)
    worst = lambda side: max(error[side] for error in found["agreement"].values())
    seconds = lambda side: f"{found[side]['seconds']:.3f} s"
    compiled = f", compiled by {found['peer']['off']:.0e}" if "off" in found["peer"] else ""
    return (f"off by {worst('ours'):.0e}, PyTorch by {worst('peer'):.0e}{compiled}", seconds("peer"), seconds("ours"),
            f"{found['timeRatio']:.2f}", f"{found['memoryRatio']:.3f}")


def decoded(output):
    found = last_json(output)["tokensPerSecond"][0]
    rate = lambda side: f"{found[side] * found['memories']:,.0f} tokens/s"
    return (f"off by {found['agreement']['ours']:.0e}", rate("peer"), rate("ours"), f"{found['ratio']:.2f}")


def encoded(output):
    row = last_json(output)["encode"][-1]
    return (f"{row['tokens']:,} tokens, {row['memoryMiB']:,.0f} MiB", "", f"{row['seconds']:.2f} s")


def quickstart(output):
    perk = [row for row in last_json(output)["results"] if row["method"] == "perk"]
    return (", ".join(f"{100 * row['exactMatch']:.0f} % of {row['contextTokens']:,} tokens" for row in perk),)


def trained(output):
    found = last_json(output)
    return (f"{found['steps']} steps, loss {found['bestLoss']:.3f}", "", f"{found['tokens'] / found['seconds']:,.0f} tokens/s")


def options():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--device", default="cuda", choices=["cuda", "cpu"], help="default cuda")
    parser.add_argument("--seconds", type=int, default=360, help="all steps together (default 360)")
    parser.add_argument("--logs", type=pathlib.Path, default=HERE / "logs", help="folder for what the steps print")
    parser.add_argument("--only", type=chosen, default=STEPS, metavar="STEP,…", help=f"of {', '.join(STEPS)} (default all, in this order)")
    return parser.parse_args()


def chosen(names):
    """The steps of these names, or that begin with them."""
    found = {name: [name] if name in STEPS else [step for step in STEPS if step.startswith(name + "-")] for name in names.split(",")}
    if not all(found.values()):
        raise argparse.ArgumentTypeError(f"no step is called {next(name for name in found if not found[name])}")
    return set(sum(found.values(), []))


def run_contracts(check):
    # Without a device each of the tests says so.
    jars = sorted((HERE / "contracts/jars").glob("*.jar"))
    check.step("contracts", "contracts", [HERE / "jre/bin/java", "--add-modules", "jdk.incubator.vector",
                             f"-Dcuda.version={cuda_version(jars)}", "-cp",
                             os.pathsep.join(map(str, [HERE / "contracts/test-classes", HERE / "contracts/classes", *jars])),
                             "org.junit.platform.console.ConsoleLauncher", "execute", "--include-tag", "gpu",
                             f"--scan-classpath={HERE / 'contracts/test-classes'}", "--details=tree",
                             "--disable-banner", "--disable-ansi-colors"], 90, contracts if check.backend == "cuda" else skipped)


def cuda_version(jars):
    return next(jar.name[len("cuda-"):-len(".jar")] for jar in jars
                if re.fullmatch(r"cuda-[\d.]+-[\d.]+-[\d.]+\.jar", jar.name))


def beside(script, check):
    return [sys.executable, HERE / "benchmarks" / script, "--device", check.device, "--backend", check.backend, "--json", "--pairs", "1"]


def run_comparisons(check, tiny):
    compare, decode = beside("compare", check), beside("decode", check)
    scaling = [sys.executable, HERE / "benchmarks/scaling", "--json"]
    if tiny:
        small = ["--segments", "2", "--tokens", "32", "--answer", "16", "--steps", "2", "--optimizer", "sgd", "--repeats", "1"]
        check.step("compare-tiny", "meta-gradient, tiny", [*compare, *small], 200, compared)
        check.step("compare-func", "meta-gradient, tiny, beside torch.func", [*compare, *small, "--peer", "func"], 200, compared)
        check.step("decode-8", "decoding, tiny, 2 memories", [*decode, "--memories", "2", "--tokens", "4", "--warmup", "0",
                                                              "--repeats", "1"], 100, decoded)
        check.step("encode", "encoding, tiny", [
            *scaling, "--backend", check.backend, "--segment", "32", "--encode", "64", "128", "--read", "64", "128",
            "--extrapolate", "256", "--steps", "1", "--question", "8", "--answer", "4"], 100, encoded)
        return
    compare += ["--model", "gpt2"]
    check.step("compare-eager", "meta-gradient, gpt2, 4×256, N = T = 4", [*compare, "--profile"], 90, compared)
    check.step("compare-compiled", "the same beside torch.compile", [*compare, "--peer", "compiled"], 150, compared)
    for memories in (1, 8, 64):
        check.step(f"decode-{memories}", f"decoding, gpt2, {memories} at once", [
            *decode, "--model", "gpt2", "--memories", str(memories), "--warmup", "1", "--repeats", "2"], 40, decoded)
    check.step("encode", "encoding, Qwen2.5-0.5B's shape", [
        *scaling, "--device", check.device, "--model", "qwen2.5-0.5b", "--encode", "4096", "65536", "--read", "1024", "2048",
        "--extrapolate", "131072", "--our-microbatch", "8192"], 60, encoded)


def run_more_comparisons(check):
    compare = beside("compare", check)
    gpt2 = [*compare, "--model", "gpt2"]
    for of in ("tfloat32", "bfloat16"):
        check.step(f"compare-{of}", f"meta-gradient, gpt2, {of}", [*gpt2, "--products", of], 60, compared)
    check.step("compare-func", "meta-gradient, gpt2, beside torch.func", [*gpt2, "--peer", "func"], 60, compared)
    for of in ("tfloat32", "bfloat16"):
        check.step(f"compare-compiled-{of}", f"meta-gradient, gpt2, {of}, beside torch.compile",
                   [*gpt2, "--products", of, "--peer", "compiled"], 150, compared)
    check.step("compare-tiny", "meta-gradient, tiny", [*compare, "--repeats", "5"], 40, compared)


def run_as_shipped(check, tiny):
    perk = HERE / "perk/bin/perk"
    check.step("doctor", "doctor", [perk, "doctor"], 20, lambda output: (next(
        (line.strip() for line in output.splitlines() if "compute capability" in line), "no GPU"),))
    check.step("quickstart", "quickstart", [perk, "quickstart", "--json", "--backend", check.backend, "-o", check.logs / "quickstart",
                              *(["--contexts", "1"] if tiny else [])], 400 if tiny else 60, quickstart)
    job = json.loads(json.dumps(JOB))
    job["base"] = str(HERE / "perk/quickstart/base")
    job["backend"] = {"type": check.backend}
    job["output"] = str(check.logs / "trained")
    job["stages"][0]["steps"] = 1 if tiny else 100
    file = check.logs / "train.json"
    file.write_text(json.dumps(job, indent=2))
    check.step("train", "training, the quickstart's base", [perk, "train", file, "--json"], 200 if tiny else 40, trained)


def main():
    given = options()
    prepare()
    check = Check(given, backend(given.device))
    given.logs.mkdir(parents=True, exist_ok=True)
    tiny = given.device == "cpu"
    run_contracts(check)
    run_comparisons(check, tiny)
    run_as_shipped(check, tiny)
    if not tiny:
        run_more_comparisons(check)
    table = check.table()
    (given.logs / "table.md").write_text(table + "\n")
    print(table)
    sys.exit(1 if check.failed else 0)


main()

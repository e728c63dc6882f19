"""Perk4J's side: builds it where needed, and processes that run it."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import zipfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
CLASS_PATH = ROOT / "benchmarks/target/classpath"
NESTED = ROOT / "benchmarks/target/nested"
JAR = ROOT / "benchmarks/target/org.perk4j.benchmarks-0.1.0-SNAPSHOT.jar"

# The memory of a JVM is what it was allowed: tensors live outside its heap, so a small one is enough, and a small young
# generation is soon reused instead of growing into memory not touched before. The serial collector has no memory and no
# threads of its own. The heap isn't touched in advance: what is never used is not counted, as with the peer's allocator.
FLAGS = ["-XX:+UseSerialGC", "-Xms96m", "-Xmx512m", "-Xmn24m", "--add-modules", "jdk.incubator.vector"]


def config(preset, positions):
    """A preset of the peer as Hugging Face's config.json."""
    if preset["arch"] == "gpt2":
        return {"model_type": "gpt2", "vocab_size": preset["vocab"], "n_positions": positions, "n_embd": preset["d"],
                "n_layer": preset["layers"], "n_head": preset["heads"], "n_inner": preset["ff"]}
    return {"model_type": preset["arch"], "vocab_size": preset["vocab"], "max_position_embeddings": positions,
            "hidden_size": preset["d"], "num_hidden_layers": preset["layers"], "num_attention_heads": preset["heads"],
            "num_key_value_heads": preset["kv"], "intermediate_size": preset["ff"], "rope_theta": 10000,
            "rms_norm_eps": 1e-6, "tie_word_embeddings": True}


def add_options(parser):
    """What the benchmarks that run Perk4J alone have in common."""
    parser.add_argument("--rank", type=int, default=16, help="rank of the adapter (default 16)")
    parser.add_argument("--optimizer", default="adamw", choices=["adamw", "sgd"], help="default adamw")
    parser.add_argument("--our-microbatch", type=int, default=1024, help="tokens that are read at once (default 1024)")
    parser.add_argument("--threads", type=int, default=2, help="default 2")
    parser.add_argument("--backend", default="nd4j", choices=["nd4j", "java"], help="default nd4j")
    parser.add_argument("--json", action="store_true", help="print one JSON object on the last line, all else on stderr")


def workload(preset, options):
    """The peer's options as the argument of org.perk4j.benchmarks.Benchmark."""
    positions = max(options["tokens"], options["answer"],
                    options["segments"] * options["tokens"] if options["what"] == "prefill" else 0)
    same = ("what", "segments", "tokens", "steps", "unroll", "rank", "optimizer", "answer", "repeats")
    return {key: options[key] for key in same} | {
        "config": config(preset, positions), "microBatchTokens": options["our_microbatch"],
        "keepMegabytes": options.get("keep", 0), "keepOnDiskMegabytes": options.get("keep_on_disk", 0), "backend": options["backend"],
        "profile": options.get("profile", False)}


def build():
    """By Maven, if a source is newer than what was built."""
    sources = (path for folder in ("api", "bundles", "plugins", "benchmarks")
               for path in (ROOT / folder).glob("**/src/main/**/*.java"))
    newest = max(path.stat().st_mtime for path in (*sources, ROOT / "pom.xml", ROOT / "benchmarks/pom.xml"))
    if CLASS_PATH.exists() and JAR.exists() and min(CLASS_PATH.stat().st_mtime, JAR.stat().st_mtime) > newest:
        return
    maven = shutil.which("mvn") or sys.exit("Perk4J has to be built first: install Maven 3.8 or newer, and JDK 17.")
    print("building Perk4J …", file=sys.stderr)
    JAR.unlink(missing_ok=True)
    if subprocess.run([maven, "-q", "-DskipTests", "-pl", "benchmarks", "-am", "package"], cwd=ROOT,
                      stdout=sys.stderr).returncode:
        sys.exit("Perk4J could not be built.")
    CLASS_PATH.touch()  # Maven leaves it as it is when nothing in it changes
    unpack()


def unpack():
    """The libraries that the bundles nest: a plain class path doesn't see those."""
    shutil.rmtree(NESTED, ignore_errors=True)
    for bundle in CLASS_PATH.read_text().split(os.pathsep):
        with zipfile.ZipFile(bundle) as jar:
            jar.extractall(NESTED, [name for name in jar.namelist() if name.endswith(".jar")])


def run(what, threads, flags=()):
    """One process, from start to end: what it measured of itself, or None if it was to write what it computed."""
    out = java("org.perk4j.benchmarks.Benchmark", [json.dumps(what)], threads, flags)
    return json.loads(out.splitlines()[-1]) if out.strip() else None


def java(main, arguments, threads, flags=()):
    """Runs a class: what it prints. JMH gives the processes that it starts the same flags."""
    home = os.environ.get("JAVA_HOME")
    executable = str(pathlib.Path(home, "bin/java")) if home else "java"
    class_path = os.pathsep.join([str(JAR), CLASS_PATH.read_text(), *map(str, sorted(NESTED.glob("**/*.jar")))])
    command = [executable, *FLAGS, f"-XX:ActiveProcessorCount={threads}", *flags, "-cp", class_path, main, *arguments]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}  # as bin/perk does: the threads that compute are Perk4J's own
    done = subprocess.run(command, capture_output=True, text=True, env=environment)  # the JVM warns of the incubator module
    if done.returncode:
        sys.exit(f"Perk4J failed:\n{done.stderr}")
    return done.stdout

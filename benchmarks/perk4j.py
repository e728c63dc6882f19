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
LIBRARIES = "libraries/"  # the folder of a bundle that its Bundle-ClassPath names
JAR = ROOT / "benchmarks/target/org.perk4j.benchmarks-0.1.0-SNAPSHOT.jar"

# By device; the first is for work, others for a check.
BACKENDS = {"cpu": ["nd4j", "java"], "cuda": ["cuda"]}

# What rounds the factors of products, each with a suffix: of which backends there is one that does so.
ROUNDED = {"tfloat32": ("_tf32", ("cuda",)), "bfloat16": ("_bf16", ("nd4j", "cuda"))}

# Each of these bundles has a release of JavaCPP of its own, so that a class path has one of them only.
NATIVE = ("nd4j", "cuda")

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
    add_device(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object on the last line, all else on stderr")


def add_device(parser):
    parser.add_argument("--device", default="cpu", choices=BACKENDS, help="what is computed on: the CPU, or an NVIDIA GPU (default cpu)")
    parser.add_argument("--backend", choices=sum(BACKENDS.values(), []), help="another one of Perk4J's than the device's "
                        f"({', '.join(f'{device}: {all[0]}' for device, all in BACKENDS.items())}), for a check")


def add_products(parser):
    parser.add_argument("--products", default="float32", choices=["float32", *ROUNDED], help="both sides round numbers before they "
                        "multiply them: to tfloat32, as a GPU's tensor cores do; or to bfloat16, PyTorch as autocast does, and "
                        "Perk4J's CPU backend in large products (default float32: not at all)")


def parsed(parser):
    options = vars(parser.parse_args())
    options["backend"] = options["backend"] or BACKENDS[options["device"]][0]
    if options.get("products", "float32") in ROUNDED:
        suffix, backends = ROUNDED[options["products"]]
        if options["backend"] not in backends:
            parser.error(f"the backend {options['backend']} has no products of {options['products']}")
        options["backend"] += suffix
    return options


def workload(preset, options):
    """The peer's options as the argument of org.perk4j.benchmarks.Benchmark."""
    positions = max(options["tokens"], options["answer"],
                    options["segments"] * options["tokens"] if options["what"] == "prefill" else 0)
    same = ("what", "segments", "tokens", "steps", "unroll", "rank", "optimizer", "answer", "repeats")
    return {key: options[key] for key in same} | {
        "config": config(preset, positions), "microBatchTokens": options["our_microbatch"],
        "keepMegabytes": options.get("keep", 0), "keepOnDiskMegabytes": options.get("keep_on_disk", 0), "backend": options["backend"],
        "weights": options.get("weights", "float32"), "profile": options.get("profile", False)}


def decoding(preset, options, memories, prompt, answer, **more):
    """The argument for memories that each answer a prompt, of so many tokens, all at once."""
    return {"what": "decode", "config": config(preset, prompt + answer), "segments": memories, "tokens": prompt,
            "answer": answer, "rank": options["rank"], "backend": options["backend"], **more}


def build():
    """By Maven, if a source is newer than what was built."""
    modules = [ROOT / folder for folder in ("api", "bundles", "plugins", "benchmarks")]
    # libraries that were unpacked in target/ bring some of their own
    poms = [ROOT / "pom.xml", *(path for module in modules for path in module.glob("**/pom.xml")
                                if "target" not in path.relative_to(ROOT).parts)]
    sources = [*poms, *(path for module in modules for of in ("src/main/**/*", "bnd.bnd") for path in module.glob("**/" + of))]
    # the class path says which libraries, not what is in them
    if not (is_newer(JAR, sources) and is_newer(CLASS_PATH, poms)):
        maven = shutil.which("mvn") or sys.exit("Perk4J has to be built first: install Maven 3.8 or newer, and JDK 17.")
        print("building Perk4J …", file=sys.stderr)
        if subprocess.run([maven, "-q", "-DskipTests", "-pl", "benchmarks", "-am", "package"], cwd=ROOT,
                          stdout=sys.stderr).returncode:
            sys.exit("Perk4J could not be built.")
    unpack()


def is_newer(file, others):
    return file.exists() and file.stat().st_mtime > max(other.stat().st_mtime for other in others if other.is_file())


def libraries():
    return list(map(pathlib.Path, CLASS_PATH.read_text().split(os.pathsep)))


def is_bundle(library):
    """Of ours: others nest nothing."""
    return library.name.startswith("org.perk4j.")


def nested(bundle):
    """Where the libraries within a bundle are unpacked: a plain class path doesn't see them there."""
    return NESTED / bundle.stem


def unpack():
    """Whatever was built since, by whomever."""
    for bundle in filter(is_bundle, libraries()):
        folder = nested(bundle)
        if not is_newer(folder, [bundle]):
            shutil.rmtree(folder, ignore_errors=True)
            unfinished = folder.with_name(folder.name + ".unfinished")
            shutil.rmtree(unfinished, ignore_errors=True)
            unfinished.mkdir(parents=True)
            with zipfile.ZipFile(bundle) as jar:
                jar.extractall(unfinished, [name for name in jar.namelist() if name.endswith(".jar") or name.startswith(LIBRARIES)])
            os.utime(unfinished)
            unfinished.rename(folder)


def class_path(backend):
    others = [f"org.perk4j.backend.{other}-" for other in NATIVE if other != backend.partition("_")[0]]
    chosen = [library for library in libraries() if not library.name.startswith(tuple(others))]
    within = [found for library in chosen for found in (nested(library) / LIBRARIES, *sorted(nested(library).glob("natives/*.jar")))]
    return os.pathsep.join(map(str, [JAR, *chosen, *filter(pathlib.Path.exists, within)]))


def device(options):
    """What Perk4J computes on, in words. Ends the program with Platform's exit code, and says what to do, if there is no such
    device."""
    backend = options["backend"]
    done = process("org.perk4j.benchmarks.Platform", [backend], options["threads"], backend)
    if done.returncode:
        print(f"{pathlib.Path(sys.argv[0]).name} didn't run, there is no device for the backend {backend}: {complaint(done)}",
              file=sys.stderr)
        sys.exit(done.returncode)
    return done.stdout.strip()


def complaint(done):
    """What it says on standard error, without the JVM's warning of the module that is in incubation."""
    return "\n".join(line for line in done.stderr.splitlines() if not line.startswith("WARNING: Using incubator modules"))


def run(what, threads, flags=()):
    """One process, from start to end: what it measured of itself, or None if it was to write what it computed."""
    out = java("org.perk4j.benchmarks.Benchmark", [json.dumps(what)], threads, what["backend"], flags)
    return json.loads(out.splitlines()[-1]) if out.strip() else None


def java(main, arguments, threads, backend, flags=()):
    """Runs a class: what it prints. JMH gives the processes that it starts the same flags."""
    done = process(main, arguments, threads, backend, flags)
    if done.returncode:
        sys.exit(f"Perk4J failed:\n{complaint(done)}")
    return done.stdout


def process(main, arguments, threads, backend, flags=()):
    home = os.environ.get("JAVA_HOME")
    executable = str(pathlib.Path(home, "bin/java")) if home else "java"
    command = [executable, *FLAGS, f"-XX:ActiveProcessorCount={threads}", *flags, "-cp", class_path(backend), main, *arguments]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}  # as bin/perk does: the threads that compute are Perk4J's own
    return subprocess.run(command, capture_output=True, text=True, env=environment)

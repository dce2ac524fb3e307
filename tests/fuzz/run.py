"""make fuzz: build, then for each target fuzz it, and compare its whole corpus with the oracle.

The corpus, in build/fuzz/corpus, is kept, so that the next run goes on from it.
"""
import argparse
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from sanitized import ROOT, Fuzz
from targets import AGAIN, TEXTS, seeds

HERE = Path(__file__).parent
FEWEST_FEATURES = 50
TARGETS = [*TEXTS, *AGAIN]
LINE = "{:19} {:>9} executions {:>8}/s   corpus {:>5}   features {:>6}   replayed {:>5}"


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--runs", type=int, default=20000)
    options.add_argument("--input", type=Path, help="run this one again, and nothing else")
    options.add_argument("target", nargs="?", choices=TARGETS)
    chosen = options.parse_args()
    build = Fuzz()
    if chosen.input and not (chosen.target and chosen.input.is_file()):
        return "INPUT= takes a file, and TARGET= the source that it is for"
    build.make()
    if chosen.input:
        return again(build, chosen.target, chosen.input)
    failed = [target for target in ([chosen.target] if chosen.target else TARGETS)
              if not fuzz(build, target, chosen.runs)]
    return f"failed: {', '.join(failed)}" if failed else None


def fuzz(build, target, runs):
    """One target; whether all went well."""
    name = target.replace("/", "_")
    corpus = folder_for(build.folder / "corpus" / name)
    crashes = folder_for(build.folder / "crashes" / name)       # tried again first
    shutil.rmtree(build.folder / "seeds" / name, ignore_errors=True)
    seeded = folder_for(build.folder / "seeds" / name)
    for number, text in enumerate(seeds(target)):
        (seeded / f"{number:03}").write_bytes(text)
    fuzzed = child(build, "fuzz", target, f"-runs={runs}", f"-dict={HERE / 'keys.dict'}",
                   f"-artifact_prefix={crashes}/", "-timeout=10", corpus, seeded, crashes)
    if fuzzed.returncode:
        print(f"{target}: broken\n{reason(fuzzed.stderr)}")
        return tell_how(target, *re.findall(r"Test unit written to (\S+)", fuzzed.stderr))
    replayed = child(build, "replay", target, corpus, seeded, crashes)
    count = re.search(r"replayed: (\d+)", replayed.stdout)
    executions, seconds = re.search(r"executions: (\d+) in (\S+) s", fuzzed.stderr).groups()
    features, entries = re.findall(r"ft: (\d+) corp: (\d+)", fuzzed.stderr)[-1]
    if int(features) < FEWEST_FEATURES:
        print(f"{target}: {features} features: libFuzzer doesn't see what the parser does")
        return False
    print(LINE.format(target, executions, round(int(executions) / float(seconds)), entries,
                      features, count[1] if count else "-"), flush=True)
    if replayed.returncode:
        print(replayed.stderr[:6000])
        return tell_how(target, *re.findall(r"^(/\S+): parse", replayed.stderr, re.MULTILINE)[:1])
    return True


def reason(log):
    """The part of libFuzzer's log that tells what broke, and in which of our functions."""
    start = re.search(r"^(BROKEN PROMISE|Traceback|==\d+==|.*runtime error)", log, re.MULTILINE)
    return log[start.start() if start else -6000:].partition(" in fuzzer::Fuzzer::ExecuteCallback"
                                                             )[0]


def tell_how(target, *found):
    for file in found:
        print(f"again: make fuzz TARGET={target} INPUT={shlex.quote(file)}\n", flush=True)
    return False


def again(build, target, file):
    """One input, in full view."""
    for what in ("fuzz", "replay"):
        done = child(build, what, target, file, output=None)
        if done.returncode:
            return done.returncode
    return 0


def child(build, what, target, *arguments, output=subprocess.PIPE):
    return subprocess.run([sys.executable, HERE / "child.py", what, target, *arguments], cwd=ROOT,
                          env=build.environment(HERE, HERE.parent), stdout=output, stderr=output,
                          text=True, errors="backslashreplace")


def folder_for(path):
    path.mkdir(parents=True, exist_ok=True)
    return path


if __name__ == "__main__":
    sys.exit(main())

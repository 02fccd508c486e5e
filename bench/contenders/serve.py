# The contender's side of the protocol in Python: a request a line on standard input, an answer a line on standard
# output, one after the other, until standard input closes.
import json
import os
import sys
import time
import traceback


class Unavailable(Exception):
    """Raised by a contender that cannot take part here, with the reason as its message."""


def serve(commands):
    """Answers {"command": name, ...} with what commands[name] returns: {"answer": ...}, {"unavailable": reason} or
    {"error": message}."""
    # Standard output belongs to the protocol, whatever a library prints.
    protocol = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = {"answer": commands[request.pop("command")](**request)}
            text = json.dumps(answer, allow_nan=False)
        except Unavailable as reason:
            text = json.dumps({"unavailable": str(reason)})
        except Exception as error:
            traceback.print_exc()
            text = json.dumps({"error": f"{type(error).__name__}: {error}"})
        print(text, file=protocol, flush=True)


def memory():
    """Largest and present resident memory of this process in bytes; None where the system does not tell."""
    try:
        with open("/proc/self/status") as status:
            fields = dict(line.split(":", 1) for line in status)
    except OSError:
        return {"peakBytes": None, "residentBytes": None, "tensors": None}
    kilobytes = lambda name: int(fields[name].split()[0])
    return {
        "peakBytes": kilobytes("VmHWM") * 1024,
        "residentBytes": kilobytes("VmRSS") * 1024,
        "tensors": None,
    }


def time_steps(steps, first, step, finish):
    """Steps one after the other, timed together; step(n) makes the n-th step, finish(last result) reads the loss."""
    start = time.perf_counter()
    for n in range(first, first + steps):
        result = step(n)
    loss = finish(result)
    return {"steps": steps, "milliseconds": 1000 * (time.perf_counter() - start), "loss": loss}

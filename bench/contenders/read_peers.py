"""Reads a file with aeon or with pandas. Arguments: which of them, and the file."""

import json
import resource
import sys
import time

import numpy as np

name, path = sys.argv[1:]

if name == "aeon":
    import aeon
    from aeon.datasets import load_from_ts_file

    def read():
        recordings, labels = load_from_ts_file(path)
        return recordings

    version = aeon.__version__
else:
    import pandas as pd

    def read():
        frame = pd.read_csv(path)
        channels = ["x", "y", "z"]
        recordings, labels = [], []
        for _, rows in frame.groupby("recording_id", sort=False):
            recordings.append(rows[channels].to_numpy(dtype=np.float32).T)
            labels.append(rows["label"].iat[0])
        return recordings

    version = pd.__version__


began = time.perf_counter()
recordings = read()
milliseconds = 1000 * (time.perf_counter() - began)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
print(
    json.dumps(
        {
            "version": version,
            "milliseconds": milliseconds,
            "peakBytes": peak,
            "recordings": len(recordings),
            "steps": sum(each.shape[1] for each in recordings),
            "sum": float(sum(each.astype(np.float32).sum(dtype=np.float64) for each in recordings)),
        }
    )
)

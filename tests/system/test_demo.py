#!/usr/bin/python3
"""The demonstration that README promises runs, ends, and finds nothing wrong."""
import os
import pathlib
import subprocess
import sys

import cluster

root = pathlib.Path(__file__).resolve().parents[2]
r = subprocess.run([sys.executable, str(root / "tests" / "demo.py"), "--once"], capture_output=True, text=True,
                   env=dict(os.environ, VIRBL_BUILD=str(cluster.BUILD)))
ok = r.returncode == 0 and "All was as it should be." in r.stdout and "WRONG" not in r.stdout
if not ok:
    print(r.stdout + r.stderr)
print("%d passed, %d failed" % (ok, not ok))
sys.exit(not ok)

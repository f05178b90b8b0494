"""A child that does what its request says: answers, crashes, or hangs with a child of its own."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

request = json.load(sys.stdin)
match request["do"]:
    case "answer":
        sys.stdout.write(json.dumps({"folder": str(Path.cwd()), "group": os.getpgrp()}))
    case "crash":
        os.abort()
    case "hang":
        helper = subprocess.Popen(["/bin/sleep", "60"])
        Path(request["note"]).write_text(json.dumps([os.getpid(), helper.pid]))
        time.sleep(60)

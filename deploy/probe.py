"""The web container's health check: does the process answer? 503 is an answer; whom it blames stands in the text."""

import os
import sys
import urllib.error
import urllib.request

host = (os.environ.get("ALLOWED_HOSTS") or "localhost").split(",")[0].lstrip("*.") or "localhost"
address = f"http://127.0.0.1:{os.environ.get('PORT') or 8000}/healthz"
try:
    with urllib.request.urlopen(urllib.request.Request(address, headers={"Host": host}), timeout=5) as answer:
        print(answer.read().decode())
except urllib.error.HTTPError as error:
    print(error.read().decode(errors="replace")[:1000])
    sys.exit(0 if error.code == 503 else 1)
except OSError as error:
    print(error)
    sys.exit(1)
